package fsm

import (
	"fmt"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
)

// hostile are texts that have broken something somewhere.
var hostile = []string{
	"", " ", "\x00", "{balance}", "{{.}}", "%s%n", "' OR 1=1 --", "\u202Emen\u202C", "\xff\xfe", "\u200b\u200b", "🛑", "4 friday", "99999999999999999999", "-1", "0", "1.", "1 2 3",
	"I can't pay on friday", "I can't pay", "yes but tomorrow", "no no no", "nothing", "nicht", "agent please", "<script>", "4111 1111 1111 1111", "٣", "Ⅳ", "１", "what?",
	string(make([]byte, 5000)), "pay", "pay part 500", "wrong person", "1 but only half",
}

// anything is an event that may come from anywhere.
func (k *walk) anything(e *Event) {
	c := &k.c
	switch n := k.rng.IntN(100); {
	case n < 35:
		e.Received = &MessageReceived{From: k.thread(), Text: hostile[k.rng.IntN(len(hostile))]}
		if k.chance(10) {
			e.Received.Sent = k.now.Add(-time.Hour)
		}
		if k.chance(5) {
			e.Received.Media = []message.Media{{URL: "https://x.example/1", Type: "image/jpeg"}}
		}
	case n < 45 && len(k.taps) > 0:
		e.Received = &MessageReceived{From: k.thread(), Choice: k.taps[k.rng.IntN(len(k.taps))]}
	case n < 55 && len(k.sent) > 0 && k.now.Sub(k.sent[len(k.sent)-1].At) < day(1):
		at := e.At
		*e = k.sent[len(k.sent)-1-k.rng.IntN(min(5, len(k.sent)))]
		e.At = at
	case n < 63:
		e.Done = &EffectDone{Effect: EffectID("x", "y", k.n), Attempt: 1, Result: pick(k, OK, Unknown, Declined)}
		if len(c.Effects) > 0 && k.chance(50) { // not the head, an attempt of before, or one to come
			f := c.Effects[k.rng.IntN(len(c.Effects))]
			e.Done.Effect, e.Done.Attempt = f.ID, f.Attempt+k.rng.IntN(3)-1
		}
		e.ID, e.Mark = ResultID(e.Done.Effect, e.Done.Attempt, e.Done.Result), nil
	case n < 70:
		e.ID, e.Mark, e.Timer = fmt.Sprintf("timer/silence#%d", k.n/2), nil, &TimerDue{Timer: fmt.Sprintf("silence#%d", k.n/2)}
	case n < 76:
		e.Agent = &AgentActed{Agent: "staff-2", Action: pick(k, "claim", "return", "resolve", "reply", ""), Outcome: pick(k, "paid", "promised", "no-such", "")}
	case n < 82:
		e.Reported = k.report(pick(k, "case-0", "case-1", "no-such"))
	case n < 88:
		e.Receipt = &ReceiptArrived{Effect: "none", Status: pick(k, message.Accepted, message.Delivered, message.Failed), Code: "30006", OptedOut: k.chance(5)}
		if len(c.Effects) > 0 {
			e.Receipt.Effect = c.Effects[k.rng.IntN(len(c.Effects))].ID
		}
		e.Mark = nil
	case n < 90:
		e.Received = &MessageReceived{From: k.thread(), Text: pick(k, "STOP", "stop please", "S T O P"), Optout: pick(k, "", "", "STOP")}
	case n < 95:
		e.Received = &MessageReceived{From: k.thread(), Text: pick(k, "START", "yes", "unstop")}
	case n < 97:
		e.Received = &MessageReceived{From: "sms:+27820000000", Text: "hello"}
	case n < 98:
		e.At = k.now.Add(-time.Hour)
		e.Received = &MessageReceived{From: k.thread(), Text: "late"}
	default:
		e.Opened = k.opening()
	}
}

// prepare does what the shell does before each step.
func (k *walk) prepare(e *Event) {
	ref := fmt.Sprintf("ref-%d", k.n)
	e.Code = &SpareCode{Ref: ref, MAC: []byte("right " + ref)}
	m, ch := e.Received, k.c.Challenge
	if m == nil {
		return
	}
	m = pointer(m)
	e.Received, m.Typed = m, nil
	if ch == nil || len(ch.Facts) == 0 || m.From != ch.Address {
		return
	}
	if message.Word(m.Text, k.c.Contact.Stopped) != message.None || m.Choice == "" && answer.Outranking(m.Text, k.lib.Languages()).Kind != answer.NoWord {
		return
	}
	m.Typed = &Typed{Challenge: ch.ID, Facts: map[string][]byte{"birth": walkBirth, "place": walkPlace}, Refused: k.chance(k.wild / 45), Nothing: m.Text == "" || k.chance(k.wild/30)}
	if ch.Code != nil {
		m.Typed.Code = ch.Code.MAC
	}
	if m.Text != "14 March 2196" || k.chance(k.wild/9) {
		m.Typed.Facts["birth"] = []byte("wrong")
	}
	if k.chance(k.wild / 9) {
		m.Typed.Code = []byte("wrong")
	}
	m.Text = "[answer]"
}
