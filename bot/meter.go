package bot

import (
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// Meter counts what happens. Its labels never hold anything of a customer.
type Meter interface {
	Event(kind, result string)                                      // received, opened ...; stepped, duplicate, poison ...
	Step(took time.Duration)                                        // one event through fsm.Step
	Commit(events int, took time.Duration)                          // one commit of so many events
	Retried(why string)                                             // a commit that must be tried again: conflict, lost
	Held(kind string)                                               // policy held or refused a message
	Effect(kind, name, result string)                               // send, sms, ok
	Ran(kind, name string, took time.Duration)                      // one run of an effect: gate, call, answer
	Replied(channel string, took time.Duration)                     // an answer, since the customer's message
	WroteBack(system string, result fsm.Result, took time.Duration) // what became of a writeback, since it was first wanted
	Opened(workflow string)                                         // a case; and so on
	HandedOff(workflow string)
	Ended(workflow, outcome string, took time.Duration)
}

type quiet struct{}

func (quiet) Event(string, string)                        {}
func (quiet) Step(time.Duration)                          {}
func (quiet) Commit(int, time.Duration)                   {}
func (quiet) Retried(string)                              {}
func (quiet) Held(string)                                 {}
func (quiet) Effect(string, string, string)               {}
func (quiet) Ran(string, string, time.Duration)           {}
func (quiet) Replied(string, time.Duration)               {}
func (quiet) WroteBack(string, fsm.Result, time.Duration) {}
func (quiet) Opened(string)                               {}
func (quiet) HandedOff(string)                            {}
func (quiet) Ended(string, string, time.Duration)         {}

// measured counts what a commit has changed. A commit whose answer was lost is found written later and isn't counted.
func (b *Bot) measured(before, after fsm.Conversation, batch []*job) {
	for i := range after.Cases {
		k := &after.Cases[i]
		workflow, _, _ := strings.Cut(k.Workflow, "@")
		was := before.Case(k.ID)
		if was == nil {
			b.Meter.Opened(workflow)
			was = &fsm.Case{}
		}
		if k.Phase == fsm.Blocked && was.Phase != fsm.Blocked {
			b.Meter.HandedOff(workflow)
		}
		if !k.Ended.IsZero() && was.Ended.IsZero() {
			b.Meter.Ended(workflow, k.Outcome, k.Ended.Sub(k.Opened))
		}
	}
	for _, j := range batch {
		if d := j.event.Done; d != nil {
			b.measuredResult(before.Effect(d.Effect), after.Effect(d.Effect), d.Result, after.At)
		}
	}
}

// measuredResult counts a writeback's result. One that leaves the document without an answer of its system never gets one.
func (b *Bot) measuredResult(was, is *fsm.Effect, result fsm.Result, at time.Time) {
	if was == nil || was.WriteBack == nil {
		return
	}
	if is == nil && result != fsm.OK && result != fsm.Declined {
		result = fsm.Permanent
	}
	b.Meter.WroteBack(was.WriteBack.System, result, at.Sub(was.Since))
}

// answerSoon is how soon after a customer's message a reply must have been wanted to count as its answer. What comes of a
// payment an hour later is a reply too, and answers nothing that was written.
const answerSoon = time.Minute

// ran counts one run of an effect.
func (b *Bot) ran(r run, result fsm.Result, took time.Duration) {
	e, name := r.effect, effectName(r.effect)
	b.Meter.Effect(e.Kind(), name, string(result))
	b.Meter.Ran(e.Kind(), name, took)
	if e.Send == nil || e.Send.Kind != fsm.Reply || result != fsm.OK {
		return
	}
	if heard := heardFrom(r.conversation, e.Send.To); !heard.IsZero() && e.Since.Sub(heard) < answerSoon {
		b.Meter.Replied(name, r.now().Sub(heard))
	}
}

// Pool is how many of a pool's slots are taken: what runs at once (see slots).
type Pool struct {
	Name        string // reply, proactive, system core
	Taken, Size int
}

// Pools are all pools of this process.
func (b *Bot) Pools() []Pool {
	all := make([]Pool, 0, len(b.slots))
	for name, p := range b.slots {
		all = append(all, Pool{name, len(p), cap(p)})
	}
	return all
}

// Breakers says of each system whether this process leaves it alone, as it has answered nobody for a while.
func (b *Bot) Breakers() map[string]bool {
	all := make(map[string]bool, len(b.breakers))
	for name, br := range b.breakers {
		all[name] = !br.IsClosed()
	}
	return all
}
