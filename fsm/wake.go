package fsm

import (
	"iter"
	"time"
)

// Wake is when the conversation next wants attention: its earliest timer, the due head of a lane that nobody runs, or the
// end of a claim. claims says until when an effect is claimed. Zero: never.
func (c *Conversation) Wake(claims map[string]time.Time) time.Time {
	var wake time.Time
	earlier := func(t time.Time) {
		if wake.IsZero() || t.Before(wake) {
			wake = t
		}
	}
	for _, t := range c.Timers {
		earlier(t.Due)
	}
	for e := range c.heads() {
		if until, ok := claims[e.ID]; ok {
			earlier(until)
		} else {
			earlier(e.Due)
		}
	}
	return wake
}

// Heads are the effects that may run: the first of each lane. While START's lifting of a suppression is on its way, nothing
// but the confirmation may: the gate would refuse it, and the customer would never read it.
func (c *Conversation) Heads() []Effect {
	var heads []Effect
	for e := range c.heads() {
		heads = append(heads, *e)
	}
	return heads
}

func (c *Conversation) heads() iter.Seq[*Effect] {
	return func(yield func(*Effect) bool) {
		lifting := false
		for i := range c.Effects {
			e := &c.Effects[i]
			lifting = lifting || e.Suppress != nil && !e.Suppress.Stopped
		}
		for i := range c.Effects {
			e := &c.Effects[i]
			if c.firstOf(e.Lane) != e || lifting && (e.IssueCode != nil || e.Send != nil && e.Send.Kind != Confirmation) {
				continue
			}
			if !yield(e) {
				return
			}
		}
	}
}

// firstOf is the first effect of a lane that has one.
func (c *Conversation) firstOf(lane string) *Effect {
	for i := range c.Effects {
		if c.Effects[i].Lane == lane {
			return &c.Effects[i]
		}
	}
	return nil
}
