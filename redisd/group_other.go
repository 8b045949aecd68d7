//go:build !linux

package redisd

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from the server. Only Linux can end it with a killed parent; elsewhere the lock of
// its own files refuses a second one.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
