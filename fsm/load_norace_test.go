//go:build !race

package fsm

// slower is how much the race detector slows down what is measured: here there is none.
const slower = 1
