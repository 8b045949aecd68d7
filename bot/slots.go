package bot

import (
	"context"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
)

// slots bound what runs at once: one pool for replies, one for what we start ourselves, one for each system of record. So
// neither a system that hangs nor a campaign keeps a customer waiting for an answer.
type slots map[string]chan struct{}

func newSlots(each int, systems map[string]integrations.System) slots {
	s := slots{"reply": make(chan struct{}, each), "proactive": make(chan struct{}, each)}
	for name := range systems {
		s["system "+name] = make(chan struct{}, each)
	}
	return s
}

func (s slots) pool(e fsm.Effect) chan struct{} {
	name := "reply"
	switch {
	case e.Send != nil && (e.Send.Kind == fsm.Proactive || e.Send.Kind == fsm.Reminder):
		name = "proactive"
	case e.LookUp != nil:
		name = "system " + e.LookUp.System
	case e.WriteBack != nil:
		name = "system " + e.WriteBack.System
	}
	if p := s[name]; p != nil {
		return p
	}
	return s["reply"] // of a system that isn't configured: it fails at once
}

// take takes a slot for an effect, if one is free.
func (s slots) take(e fsm.Effect) bool {
	select {
	case s.pool(e) <- struct{}{}:
		return true
	default:
		return false
	}
}

// await takes a slot for an effect and waits a moment for one: a reply for slotWait, whatever else until round ends, for it
// must not keep those who look for what is due from the replies among it. What finds none comes again by itself.
func (s slots) await(ctx, round context.Context, e fsm.Effect) bool {
	if s.take(e) {
		return true
	}
	pool := s.pool(e)
	if pool == s["reply"] {
		own, cancel := context.WithTimeout(ctx, slotWait)
		defer cancel()
		round = own
	}
	select {
	case pool <- struct{}{}:
		return true
	case <-round.Done():
		return false
	}
}

// How long a reply that is due waits for a slot, and how long one round waits for all the others', before they are left for
// the next look, here or elsewhere.
const (
	slotWait  = 500 * time.Millisecond
	roundWait = 250 * time.Millisecond
)

func (s slots) give(e fsm.Effect) { <-s.pool(e) }
