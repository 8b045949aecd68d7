//go:build race

package fsm

// slower is how much the race detector slows down what is measured.
const slower = 10
