package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/internal/nearest"
)

// Problems is all that is wrong with a file, in its order. It is an error.
type Problems = fsm.Problems

// problem is one thing wrong with a file; without a line where the file as a whole is meant.
func problem(file string, line, column int, message string) fsm.Problem {
	return fsm.Problem{At: fsm.Position{File: file, Line: line, Column: column}, Code: "config", Message: message}
}

// didYouMean names the known key that was probably meant, or lists those that exist.
func didYouMean(name string, known []string) string {
	if best := nearest.Name(name, known); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 {
		return "nothing is known here"
	}
	return "one of " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}
