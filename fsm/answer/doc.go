// Package answer reads what a customer typed: a choice from a menu, a date, an amount, a phone number, a yes.
//
// It promises that nothing is ever guessed. Each reader has a closed grammar; a text with one word left over is refused,
// and so is a text with two readings. Every refusal is one of the named errors, so that a workflow can say what was wrong.
// No error holds any part of the text. What was read is still read back to the customer: a grammar can't know what they meant.
//
// It performs no I/O, reads no clock and keeps no state: the same text, day and locale give the same answer for ever.
package answer
