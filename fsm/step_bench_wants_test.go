package fsm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// menu brings the case to its menu, as the customer.
func (k *talk) menu() {
	k.t.Helper()
	k.answers("continue")
	k.proves()
	k.in("menu")
}

func (k *talk) at() *Case {
	if q := k.c.Case("case-1"); q != nil {
		return q
	}
	return &k.c.Cases[0]
}

// in checks where the case is.
func (k *talk) in(state string) {
	k.t.Helper()
	if got := k.at().State; got != state {
		k.t.Fatalf("the case is in %q, want %q\n%s", got, state, k.trail())
	}
}

// heard checks what the last event, or all since it, said.
func (k *talk) heard(want ...string) {
	k.t.Helper()
	if !slices.Equal(k.said, want) {
		k.t.Fatalf("said %q, want %q\n%s", k.said, want, k.trail())
	}
}

// because checks that the journal gives a reason, for the last event that isn't a result.
func (k *talk) because(want string) {
	k.t.Helper()
	for _, e := range slices.Backward(k.journal) {
		if strings.Contains(strings.Join(e.Because, "\n"), want) {
			return
		}
		if e.Event.Done == nil {
			break
		}
	}
	k.t.Fatalf("the journal doesn't say %q\n%s", want, k.trail())
}

func (k *talk) trail() string {
	var b strings.Builder
	for _, e := range k.journal {
		fmt.Fprintf(&b, "  v%d %s: %s -> %s %q\n", e.Version, e.Event.ID, e.From, e.To, e.Because)
	}
	return b.String()
}

// text is what the last message of a name said.
func (k *talk) text(name string) string {
	for _, l := range slices.Backward(k.commit.Transcript) {
		if f := k.c.Effect(l.Effect); f != nil && f.Send != nil && f.Send.Text == name {
			return l.Text
		}
	}
	return ""
}

func media(url, kind string) []message.Media { return []message.Media{{URL: url, Type: kind}} }

// evidence is that the customer was recognised now, in the thread at hand.
func evidence(k *talk) policy.Evidence {
	return policy.Evidence{Kind: policy.KnownFacts, Subject: k.at().Subjects(), Address: k.from, At: k.now}
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error %v, want %v", got, want)
	}
}
