package fsm

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
)

// Reach goes on only to another address: a customer who is written to on the only one there is falls silent from the first
// message on, and isn't written to again in the next step's name. (The probe's reach is SMS, then WhatsApp after four hours.)
func TestReachGoesOnOnlyToAnotherAddress(t *testing.T) {
	t.Parallel()
	const workflow = "outcomes: {done: {}}\nstart: a\nstates:\n  a: {say: go, options: [{id: done, to: done}]}\n"
	const sms, whatsapp = message.Address("sms:+27821234567"), message.Address("whatsapp:+27821234567")
	for _, tc := range []struct {
		name           string
		addresses      []message.Address
		reach, silence bool
	}{
		{"two addresses", []message.Address{sms, whatsapp}, true, false},
		{"only the first", []message.Address{sms}, false, true},
		{"only the second", []message.Address{whatsapp}, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, inline(t, workflow, "    done: Done\n"))
			k.openProbe("case-1", func(o *CaseOpened) { o.Addresses = tc.addresses })
			k.settle()
			has := map[string]bool{}
			for _, tm := range k.c.Timers {
				has[tm.kind()] = true
			}
			if has["reach"] != tc.reach || has["silence"] != tc.silence {
				t.Errorf("timers %v, want reach %t and silence %t\n%s", has, tc.reach, tc.silence, k.trail())
			}
		})
	}
}

// A channel that refuses the first message, by policy or by the provider, isn't waited for: the next one is tried at once.
func TestReachGoesOnWhereAChannelRefuses(t *testing.T) {
	t.Parallel()
	for _, result := range []Result{Refused, Permanent, Window} {
		t.Run(string(result), func(t *testing.T) {
			t.Parallel()
			const workflow = "outcomes: {done: {}}\nstart: a\nstates:\n  a: {say: go, options: [{id: done, to: done}]}\n"
			k := newTalk(t, inline(t, workflow, "    done: Done\n"))
			k.openProbe("case-1", func(o *CaseOpened) {
				o.Addresses = []message.Address{"sms:+27821234567", "whatsapp:+27821234567"}
			})
			k.result("go", EffectDone{Result: result, Reason: "channel/sms"})
			if f := k.pending("go"); f == nil || f.Send.To.Channel() != "whatsapp" {
				t.Errorf("after %s the next channel is not tried\n%s", result, k.trail())
			}
		})
	}
}

// A throttled message is tried for as long as it is worth anything, and no longer.
func TestThrottledIsTriedWhileItIsWorthIt(t *testing.T) {
	t.Parallel()
	k := newTalk(t, shippedLibrary(t))
	k.open("case-1", nil)
	k.result("core.account", EffectDone{Result: OK, Values: k.account})
	until := k.pending("hello").Send.Until
	tries := 0
	for f := k.pending("hello"); f != nil; f = k.pending("hello") {
		if tries++; tries > 100 {
			t.Fatalf("tried more than 100 times\n%s", k.trail())
		}
		if !f.Due.Before(until) {
			t.Fatalf("due at %s, worth nothing from %s on", f.Due, until)
		}
		k.now = f.Due
		k.result("hello", EffectDone{Result: Throttled, After: 10 * time.Minute})
	}
	if left := until.Sub(k.now); left > longestRetry*2 || tries <= 8 {
		t.Errorf("given up after %d tries, %s before it was worth nothing", tries, left)
	}
}

// Whoever says STOP again after the confirmation has gone is told nothing more.
func TestStopAgainIsSilent(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.answers("STOP")
	k.says("STOP")
	k.heard()
}
