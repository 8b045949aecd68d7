package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// speaker writes a chat for a person, in the form of a transcript, or for a program. What isn't part of the thread goes to
// notes.
type speaker struct {
	w, notes io.Writer
	json     bool
	person   bool // types at a terminal: what they type is on the screen already
	colours  bool
}

func newSpeaker(in io.Reader, w, notes io.Writer, asJSON bool) *speaker {
	typing, ok := in.(*os.File)
	screen, shown := w.(*os.File)
	s := &speaker{w: w, notes: notes, json: asJSON, person: ok && isTerminal(typing) && !asJSON}
	s.colours = shown && isTerminal(screen) && !asJSON && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return s
}

// Colours of a terminal.
const (
	dim, cyan, plainly = "\x1b[2m", "\x1b[36m", "\x1b[0m"
)

func (s *speaker) coloured(colour, text string) string {
	if !s.colours {
		return text
	}
	return colour + text + plainly
}

func (s *speaker) note(text string) { fmt.Fprintln(s.notes, s.coloured(dim, "("+text+")")) }

func (s *speaker) prompt() {
	if s.person {
		fmt.Fprint(s.w, "< ")
	}
}

// typed repeats what came through a pipe, so that the output reads as a thread. A line beginning with a slash is no message.
func (s *speaker) typed(line string) {
	if !s.json && !s.person {
		if !strings.HasPrefix(line, "/") {
			line = "< " + line
		}
		fmt.Fprintln(s.w, line)
	}
}

func (s *speaker) messages(t *thread) error {
	for _, m := range t.heard() {
		if !s.json {
			fmt.Fprintln(s.w, s.coloured(cyan, "  > "+strings.ReplaceAll(m.Rendered.Text, "\n", "\n    ")))
			continue
		}
		options := []string{}
		for _, c := range m.Outbound.Message.Choices {
			options = append(options, c.Label)
		}
		if err := s.object(struct {
			From    string   `json:"from"`
			Text    string   `json:"text"`
			Options []string `json:"options"`
		}{"bot", m.Outbound.Message.Text, options}); err != nil {
			return err
		}
	}
	return nil
}

// handedOff is a case that a person has.
type handedOff struct {
	Reason string `json:"reason"`
	Queue  string `json:"queue"`
}

// last is the case as it stands at the end.
func (s *speaker) last(ctx context.Context, t *thread) error {
	v, c, err := t.view(ctx)
	if err != nil && !errors.Is(err, errNoCase) {
		return err
	}
	var h *handedOff
	if c.Handoff != nil && c.Handoff.Case == v.Case {
		h = &handedOff{c.Handoff.Reason, c.Handoff.Queue}
	}
	for _, w := range c.Work {
		if w.Case == v.Case {
			h = &handedOff{w.Reason, w.Queue}
		}
	}
	outcome := v.Outcome
	if v.Ended == nil { // reached, and the record isn't written back: not ended
		outcome = ""
	}
	if s.json {
		writebacks := v.Writebacks
		if writebacks == nil {
			writebacks = []string{}
		}
		return s.object(struct {
			Case       string     `json:"case"`
			State      string     `json:"state"`
			Outcome    string     `json:"outcome"`
			Assurance  string     `json:"assurance"`
			Writebacks []string   `json:"writebacks"`
			Handoff    *handedOff `json:"handoff"`
		}{v.Case, v.State, outcome, v.Assurance, writebacks, h})
	}
	if s.person {
		fmt.Fprintln(s.w)
	}
	if v.Case == "" {
		s.note("no case was opened")
		return nil
	}
	said := "the case is in " + v.State
	if outcome != "" {
		said = "the case ended: " + outcome
	}
	if h != nil {
		said += ", a person in queue " + h.Queue + " has it: " + h.Reason
	}
	if len(v.Writebacks) > 0 {
		said += ", written back: " + strings.Join(v.Writebacks, ", ")
	}
	s.note(said + ", the customer is known as " + v.Assurance)
	return nil
}

func (s *speaker) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.w, "%s\n", line)
	return err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Name() != "null"
}
