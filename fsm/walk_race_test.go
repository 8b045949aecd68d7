//go:build race

package fsm

// raced says whether the race detector is on: it makes a walk ten times as long.
const raced = true
