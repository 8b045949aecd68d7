package fsm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/internal/nearest"
)

// Problem is one thing wrong with a user's file, where it stands and in words its author can act on.
type Problem struct {
	At         Position
	Code       string // "unreachable": stable, for tests and for whoever filters
	Message    string // what is wrong
	Hint       string // what was expected, or probably meant; empty where Message says it all
	Structural bool   // about the shape of one file: an editor finds it too, by FileSchema. Only conform sets it
}

// String is the problem on one line, as compilers write theirs.
func (p Problem) String() string {
	s := p.At.String() + ": " + p.Message
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// String is file:line:column, as editors follow it.
func (p Position) String() string {
	switch {
	case p.File == "":
		return "settle"
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems is all that is wrong, in the files' order. It is an error.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err is the problems in the files' order, and nil where there are none; a nil Problems inside an error wouldn't be.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

func (ps *Problems) add(at Position, code, format string, args ...any) {
	message, hint := phrased(format, args)
	*ps = append(*ps, Problem{At: at, Code: code, Message: message, Hint: hint})
}

// hint ends a message. Where a message is kept apart from it, it is taken out.
type hint string

// clause is the hint by itself.
func (h hint) clause() string { return strings.TrimPrefix(string(h), "; ") }

// phrased is a message, and the hint that was to end it.
func phrased(format string, args []any) (message, apart string) {
	if last := len(args) - 1; last >= 0 {
		if h, ok := args[last].(hint); ok {
			apart = h.clause()
			args = append(slices.Clone(args[:last]), "")
		}
	}
	return fmt.Sprintf(format, args...), apart
}

// maxProblems is as many as anyone reads. A hostile file can have as many as it has characters.
const maxProblems = 200

// sorted puts problems in the files' order and drops repeats, and all beyond maxProblems.
func (ps Problems) sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column),
			cmp.Compare(a.Message, b.Message), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Hint, b.Hint))
	})
	ps = slices.CompactFunc(ps, func(a, b Problem) bool { return a.At == b.At && a.Message == b.Message })
	if more := len(ps) - maxProblems; more > 0 {
		ps = append(ps[:maxProblems:maxProblems], Problem{At: ps[maxProblems].At, Code: "more", Message: fmt.Sprintf("and %d more problems", more)})
	}
	return ps
}

// didYouMean names the known name that was probably meant, as a clause to end a message with, or lists a few that exist.
func didYouMean(name string, known []string) hint {
	if best := nearest.Name(name, known); best != "" {
		return hint(fmt.Sprintf("; did you mean %q?", best))
	}
	switch {
	case len(known) == 0:
		return "; there are none"
	case len(known) <= 12:
		return hint("; one of " + strings.Join(slices.Sorted(slices.Values(known)), ", "))
	}
	return ""
}
