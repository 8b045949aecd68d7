package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// collectRarely lets garbage be collected where it has become five times what lives, not two times: some ten megabytes live, and
// each message leaves garbage behind. In a container it is collected in time for the container's limit. GOGC and GOMEMLIMIT, where
// they are set, count.
func collectRarely() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if limit, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil && os.Getenv("GOMEMLIMIT") == "" {
		if most, ok := heapWithin(string(limit)); ok {
			debug.SetMemoryLimit(most)
		}
	}
}

// heapWithin is nine tenths of a cgroup's memory.max, in bytes; not ok: it has none.
func heapWithin(limit string) (most int64, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(limit), 10, 64)
	if err != nil || n <= 0 { // "max"
		return 0, false
	}
	return n / 10 * 9, true
}
