package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/settle-chat/settle/message"
)

// GateRequest asks whether a claimed effect may call its provider now.
type GateRequest struct {
	Conversation, Effect, Nonce string

	// Where the call goes to an address. Left empty (a lookup, a writeback), only the claim is asked.
	Address      message.Address
	Epoch        uint64 // the conversation's when the effect was decided
	Confirmation bool   // the one answer to STOP: allowed to a suppressed address

	Sender string  // the bank's number or address that it leaves from; empty: no rate
	Rate   float64 // most per second from Sender; zero: none
	Burst  int     // how many of them at once; at least one

	Caps []Cap

	Campaign string // whose message it is: it must be running, and keeps to its pace; empty: of none
}

// Cap bounds sends across conversations: at most Most within Within under one name (an account, a campaign).
type Cap struct {
	Name   string
	Most   int
	Within time.Duration
}

// GateAnswer says whether, and otherwise why not.
type GateAnswer struct {
	Pass bool
	Why  string    // one of the Why constants where it doesn't pass
	At   time.Time // WhyRate and WhyCap: come again then; a rate's time is reserved for this effect
}

// Why a gate stays shut.
const (
	WhyClaim      = "claim-lost"
	WhyEpoch      = "epoch"
	WhySuppressed = "suppressed"
	WhyCap        = "cap"
	WhyRate       = "rate"

	WhyPaused    = "campaign-paused" // At: ask again then
	WhyCancelled = "campaign-cancelled"
	WhyPace      = "campaign-pace" // At: the time reserved for this effect
)

// reservationKept is how long a reserved time is remembered after it has come: longer than any effect is retried.
const reservationKept = time.Hour

// Gate is the last thing before a provider call: one round trip. Rates and caps are reserved by effect ID, so asking twice
// reserves once. An error is a shut gate: no Redis, no send.
func (s *Store) Gate(ctx context.Context, g GateRequest) (GateAnswer, error) {
	p, err := partitionOf(g.Conversation)
	if err != nil {
		return GateAnswer{}, err
	}
	epoch := ""
	if g.Address != "" {
		epoch = strconv.FormatUint(g.Epoch, 10)
	}
	calls := []call{{gateScript, []string{p.conversation(g.Conversation)}, []any{g.Effect, g.Nonce, epoch, s.offset()}}}
	if g.Address != "" && !g.Confirmation {
		for _, record := range s.keys.records(g.Address) {
			calls = append(calls, call{loadAddressScript, record.keys(), []any{s.offset(), ""}})
		}
	}
	caps := len(calls)
	for _, c := range g.Caps {
		calls = append(calls, call{capScript, []string{capKey(s.keys.hidden("cap", c.Name))},
			[]any{g.Effect, c.Most, c.Within.Milliseconds(), s.offset()}})
	}
	rate := len(calls)
	if g.Sender != "" && g.Rate > 0 {
		prefix := rateKey(s.keys.hidden("sender", g.Sender))
		every := float64(time.Second/time.Microsecond) / g.Rate
		calls = append(calls, call{rateScript, []string{prefix + "next", prefix + "at:" + g.Effect},
			[]any{int64(every), int64(every * float64(max(g.Burst, 1)-1)), s.offset(), reservationKept.Milliseconds()}})
	}
	campaign := len(calls)
	if g.Campaign != "" {
		calls = append(calls, s.campaignCall(g))
	}
	replies, err := s.pipeline(ctx, calls)
	if err != nil {
		return GateAnswer{}, fmt.Errorf("gate of effect %s of conversation %s: %w", g.Effect, g.Conversation, err)
	}
	if why := replies[0].text(0); why != "ok" {
		return GateAnswer{Why: why}, nil
	}
	for _, r := range replies[1:caps] {
		if r.text(2) == "1" {
			return GateAnswer{Why: WhySuppressed}, nil
		}
	}
	for _, r := range replies[caps:rate] {
		if r.text(0) != "1" {
			return GateAnswer{Why: WhyCap, At: r.time(1)}, nil
		}
	}
	for _, r := range replies[rate:campaign] {
		if r.text(0) != "1" {
			return GateAnswer{Why: WhyRate, At: r.time(1)}, nil
		}
	}
	if g.Campaign != "" {
		return s.campaignAnswer(replies[campaign]), nil
	}
	return GateAnswer{Pass: true}, nil
}
