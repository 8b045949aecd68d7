package fsm

import (
	"errors"
	"fmt"
	"slices"
)

// ErrReplay: the journal doesn't follow from the workflows that are loaded.
var ErrReplay = errors.New("the journal is not what these workflows do")

// Replay steps the events of a journal again, from start, and returns the conversation that they make. Every entry must
// come out as it was written: the first that doesn't is named in the error. An event that was quarantined is quarantined
// again. Entries of one version were one commit.
func Replay(lib *Library, start Conversation, entries []Entry) (Conversation, error) {
	c := start
	for i, want := range entries {
		next, err := Step(lib, c, want.Event)
		if err != nil {
			next = Quarantine(c, want.Event, err)
		}
		next.Conversation.Version = want.Version
		got := next.Journal[0]
		if diff := differs(got, want); diff != "" {
			return c, fmt.Errorf("replay entry %d, version %d, event %q: %w: %s", i, want.Version, want.Event.ID, ErrReplay, diff)
		}
		c = next.Conversation
	}
	return c, nil
}

func differs(got, want Entry) string {
	for _, f := range []struct{ what, got, want string }{
		{"case", got.Case, want.Case}, {"from", got.From, want.From}, {"to", got.To, want.To}, {"chose", got.Chose, want.Chose},
	} {
		if f.got != f.want {
			return fmt.Sprintf("%s is %q, was %q", f.what, f.got, f.want)
		}
	}
	switch {
	case !slices.Equal(got.Path, want.Path):
		return fmt.Sprintf("path is %q, was %q", got.Path, want.Path)
	case !slices.Equal(got.Effects, want.Effects):
		return fmt.Sprintf("it makes %d effects, or others, and made %d", len(got.Effects), len(want.Effects))
	}
	return ""
}
