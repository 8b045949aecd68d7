package main

import (
	"os"
	"runtime/debug"
)

// collectRarely lets garbage be collected where it has become five times what lives, not two times: some ten megabytes live, and
// each message leaves garbage behind. GOGC, where it is set, counts; GOMEMLIMIT always does.
func collectRarely() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
