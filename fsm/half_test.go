package fsm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/policy"
)

// half is part of an answer, prepared as the shell does.
func (k *talk) half(class string, mac []byte) {
	k.t.Helper()
	facts := map[string][]byte{class: mac}
	k.do(Event{Received: &MessageReceived{From: k.from, Text: "[answer]", Typed: &Typed{Challenge: k.c.Challenge.ID, Facts: facts}}})
}

func TestStepHalves(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"the day of birth and then the postcode": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", walkBirth)
			k.in("hello")
			k.half("place", walkPlace)
			k.in("menu")
		},
		"the postcode and then the day of birth": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("place", walkPlace)
			k.half("birth", walkBirth)
			k.in("menu")
		},
		"the words don't say whether it is right, and ask for the other": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", walkBirth)
			right := k.text("verify-facts")
			k.settle()
			k.half("birth", []byte("wrong"))
			k.heard("verify-facts")
			if wrong := k.text("verify-facts"); wrong != right || right != "To go on, reply with your postcode, like 2196." {
				t.Errorf("after a right half %q, after a wrong one %q; want one question for the postcode", right, wrong)
			}
		},
		"a whole answer is one try, and a half none": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", []byte("wrong"))
			if got := k.c.Challenge.Tries; got != 0 || len(k.c.Lockout.Wrong) != 0 {
				t.Errorf("a half counts as %d tries, %d wrong; want none", got, len(k.c.Lockout.Wrong))
			}
			k.half("place", walkPlace)
			if got := k.c.Challenge.Tries; got != 1 || len(k.c.Lockout.Wrong) != 1 || k.c.Challenge.Half != nil {
				t.Errorf("challenge %+v, %d wrong; want one try, one wrong, and no half left", k.c.Challenge, len(k.c.Lockout.Wrong))
			}
			k.half("place", walkPlace) // what was compared is gone: it completes nothing
			k.in("hello")
		},
		"a half typed again replaces the first": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", []byte("wrong"))
			k.half("birth", walkBirth)
			k.half("place", walkPlace)
			k.in("menu")
		},
		"a whole answer replaces a half": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", []byte("wrong"))
			k.says("14/3 2196")
			k.in("menu")
		},
		"what is no answer leaves the half, and is told so": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", walkBirth)
			k.says("nothing")
			k.because("not an answer")
			k.half("place", walkPlace)
			k.in("menu")
		},
		"locked, the words are the same": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", walkBirth)
			open := k.text("verify-facts")
			k.settle()
			k.c.Lockout.Wrong = []time.Time{k.now, k.now, k.now}
			k.half("birth", walkBirth)
			if got := k.text("verify-facts"); got != open {
				t.Errorf("locked it says %q, want %q", got, open)
			}
			k.half("place", walkPlace)
			k.in("hello")
		},
		"whoever only ever types halves is with a person in the end": func(t *testing.T, k *talk) {
			k.answers("continue")
			for range codeTries + 1 {
				k.in("hello")
				k.half("birth", walkBirth)
			}
			k.in("cannot-verify")
		},
		"half an hour later another may hold the telephone": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.half("birth", walkBirth)
			k.now = k.now.Add(policy.PersonIdle - time.Second)
			if !k.c.Challenge.Waits(k.now) {
				t.Error("it is over too early")
			}
			k.now = k.now.Add(time.Second)
			k.half("place", walkPlace)
			k.in("hello")
			k.half("birth", walkBirth)
			k.in("menu")
		},
		"another thread's half completes nothing here": func(t *testing.T, k *talk) {
			k.c.Contact.Addresses = append(k.c.Contact.Addresses, Reachable{Address: walkChat, Record: true, Since: k.now})
			k.answers("continue")
			k.half("birth", walkBirth)
			k.from = walkChat
			k.says("2196")
			k.half("place", walkPlace)
			k.in("hello")
		},
	})
	t.Run("the clone shares no half", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		k.answers("continue")
		k.half("birth", walkBirth)
		before, want := k.c, *k.c.Challenge.Half
		k.half("birth", []byte("another"))
		if got := before.Challenge.Half; !cmp.Equal(*got, want) {
			t.Errorf("the conversation that was stepped from holds %+v, want %+v", got, want)
		}
	})
	t.Run("with a code there are no halves", func(t *testing.T) {
		t.Parallel()
		k := coded(t)
		k.half("birth", walkBirth)
		if ch := k.c.Challenge; ch.Half != nil || ch.Tries != 1 {
			t.Errorf("challenge %+v, want no half and one try", ch)
		}
	})
}
