package fsm

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
)

// Whoever is asked who it is beside a handoff, and doesn't say so, leaves the handoff as it was.
func TestExceptionUndoNobodyProves(t *testing.T) {
	t.Parallel()
	leave := map[string]func(*talk){
		"silence": func(k *talk) { k.fires("silence"); k.heard() },
		"three wrong": func(k *talk) {
			k.says("1/1 2196")
			k.says("1/1 2196")
			k.says("1/1 2196")
			k.heard("cannot-verify-said")
		},
		"nothing, 5 times": func(k *talk) {
			for range 5 {
				k.says("nothing")
			}
			k.heard("cannot-verify-said")
		},
		"AGENT": func(k *talk) { k.says("AGENT"); k.heard() },
		"BACK":  func(k *talk) { k.says("BACK"); k.heard() },
		"STOP":  func(k *talk) { k.says("STOP") },
		"a thread not on record": func(k *talk) {
			k.from = "sms:+27820000001"
			k.says("14/3 2196")
			k.heard("cannot-verify-said")
		},
		"claimed": func(k *talk) {
			k.acts("claim", "")
			if k.c.Challenge != nil || k.has("silence") {
				k.t.Errorf("challenge %+v, timers %v: what the customer writes to the person would not be kept", k.c.Challenge, k.c.Timers)
			}
			k.says("hello?")
			k.heard()
		},
	}
	for name, by := range leave {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := blocked(t, "hardship")
			at := k.c.Handoff.At
			k.now = k.now.Add(5 * time.Hour)
			k.says("UNDO")
			k.heard("verify-facts")
			by(k)
			k.stands("hardship")
			k.opens(1)
			if !k.c.Handoff.At.Equal(at) {
				t.Errorf("the handoff is from %v, want %v", k.c.Handoff.At, at)
			}
			k.replays()
		})
	}
	t.Run("MENU withdraws it all the same", func(t *testing.T) {
		t.Parallel()
		k := blocked(t, "hardship")
		k.now = k.now.Add(5 * time.Hour)
		k.answers("UNDO", "MENU")
		k.opens(0)
		if k.c.Handoff != nil || k.c.Challenge != nil || k.at().Phase != Running {
			t.Errorf("handoff %+v, challenge %+v, phase %s\n%s", k.c.Handoff, k.c.Challenge, k.at().Phase, k.trail())
		}
		k.replays()
	})
	t.Run("two conversations become one meanwhile", func(t *testing.T) {
		t.Parallel()
		k := blocked(t, "hardship")
		k.now = k.now.Add(5 * time.Hour)
		k.answers("UNDO")
		other := Conversation{ID: "c-2", Created: k.now, Contact: Contact{Addresses: []Reachable{{Address: message.Address("whatsapp:+27821234999")}}}}
		state, err := other.Encode()
		if err != nil {
			t.Fatal(err)
		}
		k.do(Event{Absorbed: &ConversationAbsorbed{From: "c-2", State: state}})
		k.stands("hardship")
		k.replays()
	})
}

// An outcome that can't be undone any more, once it is known who asks, is closed as it was: nothing is left to remind of.
func TestUndoTooLateLeavesNoTimer(t *testing.T) {
	t.Parallel()
	k := heldTalk(t)
	k.taps("promise")
	k.settle()
	k.says("yes")
	k.says("14/3 2196")
	k.settle()
	k.in("promised")
	k.now = k.now.Add(5 * time.Hour)
	k.says("UNDO")
	k.heard("verify-facts")
	k.fires("undo")
	k.says("14/3 2196")
	k.heard("nothing-to-undo")
	if k.at().Phase != Closed || k.has("silence") {
		t.Errorf("phase %s, timers %v, want closed and no silence\n%s", k.at().Phase, k.c.Timers, k.trail())
	}
}
