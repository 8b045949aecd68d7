package fsm

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
)

func TestStepSends(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"a reply in doubt is sent once more, and no more": func(t *testing.T, k *talk) {
			k.says("HELP")
			k.result("help", EffectDone{Result: Unknown})
			k.result("help", EffectDone{Result: Unknown})
			if f := k.pending("help"); f == nil || f.Doubt || !f.Again {
				t.Fatalf("effect %+v, want it once more", f)
			}
			k.result("help", EffectDone{Result: Unknown})
			k.result("help", EffectDone{Result: Unknown})
			if k.pending("help") != nil {
				t.Error("it is sent a third time")
			}
		},
		"one in doubt isn't sent again after STOP": func(t *testing.T, k *talk) {
			k.says("HELP")
			k.result("help", EffectDone{Result: Unknown})
			k.says("stop")
			k.result("help", EffectDone{Result: Unknown})
			if k.pending("help") != nil {
				t.Error("it is still to be sent")
			}
		},
		"held goes out later": func(t *testing.T, k *talk) {
			k.says("HELP")
			until := k.now.Add(8 * time.Hour)
			k.result("help", EffectDone{Result: Held, Until: until})
			if f := k.pending("help"); f == nil || !f.Due.Equal(until) || !f.Send.Until.After(until) {
				t.Errorf("effect %+v, want it due and worth something at %v", f, until)
			}
		},
		"a failed first message tries the next channel": func(t *testing.T, k *talk) {
			k.open("case-2", nil) // waits its turn
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{walkPhone, walkChat} })
			l.result("core.account", EffectDone{Result: OK, Values: l.account})
			l.c.Effects = append(l.c.Effects, Effect{ID: "OTHER", Lane: "x", Case: "case-9", Attempt: 1, Send: &Send{To: walkPhone}})
			l.result("hello", EffectDone{Result: Permanent, Reason: "30006"})
			if f := l.pending("hello"); f == nil || f.Send.To != walkPhone {
				t.Errorf("effect %+v, want hello by sms\n%s", f, l.trail())
			}
			if r := l.c.reachable(walkChat); r.Bad == "" {
				t.Error("the address still counts as good")
			}
		},
		"reach steps, then silence": func(t *testing.T, k *talk) {
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{walkPhone, walkChat} })
			l.settle()
			if l.has("silence") || !l.has("reach") {
				t.Errorf("timers %v, want reach before silence", l.c.Timers)
			}
			l.fires("reach")
			l.heard("hello")
			if got := l.pending("hello").Send.To; got != walkPhone {
				t.Errorf("then to %s, want sms", got)
			}
			l.settle()
			l.fires("silence")
			l.heard("nudge")
			l.settle()
			l.fires("silence")
			l.in("expired")
			if len(l.c.Timers) != 0 {
				t.Errorf("timers %v are left", l.c.Timers)
			}
		},
		"whoever answers has been reached, also in words that nobody follows": func(t *testing.T, k *talk) {
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{walkPhone, walkChat} })
			l.settle()
			l.answers("what?")
			if l.has("reach") || !l.has("silence") {
				t.Errorf("timers %v, want silence and no reach", l.c.Timers)
			}
		},
		"writing drops unsent reminders, and the count begins anew": func(t *testing.T, k *talk) {
			k.fires("silence")
			k.heard("nudge")
			k.says("what?")
			if k.pending("nudge") != nil || k.at().Nudges != 0 {
				t.Errorf("nudge %v, nudges %d", k.pending("nudge"), k.at().Nudges)
			}
		},
		"a receipt settles what was in doubt, and nothing but messages": func(t *testing.T, k *talk) {
			k.says("HELP")
			k.result("help", EffectDone{Result: Unknown})
			k.do(Event{Receipt: &ReceiptArrived{Effect: k.pending("help").ID, Status: message.Delivered}})
			if k.pending("help") != nil {
				t.Error("still in doubt")
			}
			l := newTalk(t, k.lib)
			l.open("case-1", nil)
			l.do(Event{Receipt: &ReceiptArrived{Effect: l.pending("core.account").ID, Status: message.Delivered}})
			if l.pending("core.account") == nil {
				t.Error("a receipt settled a lookup")
			}
		},
		"a lane that nobody empties stays short": func(t *testing.T, k *talk) {
			for range 50 {
				k.says("HELP")
				k.says("what?")
			}
			n := 0
			for _, f := range k.c.Effects {
				if f.Send != nil {
					n++
				}
			}
			if n > mostWaiting+2 {
				t.Errorf("%d messages wait, want %d at most", n, mostWaiting+2)
			}
		},
		"expired by time, whatever happens": func(t *testing.T, k *talk) { k.fires("expires"); k.in("expired") },
	})
}
