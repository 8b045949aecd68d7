package bot_test

import (
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// sends: each effect leaves once, a reply in doubt once more; nothing into a silence; nothing private to anybody else.
func (v *simVerdict) sends() {
	taken := make(map[string]int)
	for _, s := range v.w.net.all() {
		taken[s.key]++
		f, known := v.effects[s.key]
		if !known {
			v.broken("message %s was sent, and no journal has it: %q", short(s.key), s.text)
			continue
		}
		most := 1
		if v.again[s.key] && f.Send != nil && f.Send.Kind == fsm.Reply {
			most = 2
		}
		if taken[s.key] > most && !v.w.excused[s.key] {
			v.broken("message %s was sent %d times, its journal allows %d: %q", short(s.key), taken[s.key], most, s.text)
		}
		v.private(s, f)
	}
	for key, calls := range v.w.began {
		for _, call := range calls {
			for _, r := range v.raises[v.owners[key]] {
				if call.gated.at.After(r.at) && v.decided[key] < r.epoch {
					v.broken("message %s passed the gate %s after what was decided before had become void", short(key), call.gated.at.Sub(r.at))
				}
			}
		}
		f := v.effects[key]
		if f.Send != nil && f.Send.Kind == fsm.Confirmation {
			continue
		}
		for _, call := range calls {
			for _, q := range v.silences[v.owners[key]] {
				if call.gated.at.After(q.from) && (q.to.IsZero() || call.gated.at.Before(q.to)) {
					v.broken("message %s passed the gate %s after STOP was written", short(key), call.gated.at.Sub(q.from))
				}
			}
		}
	}
}

// private: who owes what is nobody else's business, and the customer's only once it is known who is replying.
func (v *simVerdict) private(s *simSent, f fsm.Effect) {
	for n := range 10 {
		if !strings.Contains(simDigits(s.text), simDigits(simBalance(n))) {
			continue
		}
		k := v.w.person(n)
		if s.to != k.phone && s.to != k.chat {
			v.broken("what customer %d owes went to another's telephone: %q", n, s.text)
			continue
		}
		if f.Send == nil || f.Send.Needs < policy.Person {
			v.broken("what customer %d owes was sent as if anyone might read it: %q", n, s.text)
		}
		if !v.proved(s.conv, s.to, v.gatedAt(s)) {
			v.broken("what customer %d owes was sent to somebody who hasn't shown who they are: %q", n, s.text)
		}
	}
}

// gatedAt is what Redis's clock showed when a message last passed the gate before the provider took it.
func (v *simVerdict) gatedAt(s *simSent) time.Time {
	var at time.Time
	for _, call := range v.w.began[s.key] {
		if !call.at.After(s.at) {
			at = call.gated.clock
		}
	}
	return at
}

// proved says whether somebody has answered a challenge from an address, rightly, in the two hours before.
func (v *simVerdict) proved(conversation string, from message.Address, at time.Time) bool {
	for _, e := range v.journals[conversation] {
		m := e.Entry.Event.Received
		if m == nil || m.From != from || m.Typed == nil {
			continue
		}
		said := v.w.said[e.Entry.Event.ID].text
		if strings.Contains(said, "2196") && !strings.Contains(said, "15 march") && at.Sub(e.Entry.Event.At) < policy.PersonLasts {
			return true
		}
	}
	return false
}

// simDigits are a text's digits.
func simDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
