package redisd

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from the server, which must outlast our own shutdown, and ends it with us.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
