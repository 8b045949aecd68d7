package fsm

import (
	"slices"
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
	for _, e := range c.Heads() {
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
	lifting := slices.ContainsFunc(c.Effects, func(e Effect) bool { return e.Suppress != nil && !e.Suppress.Stopped })
	var heads []Effect
	seen := make(map[string]bool, 4)
	for _, e := range c.Effects {
		if seen[e.Lane] {
			continue
		}
		seen[e.Lane] = true
		if lifting && (e.IssueCode != nil || e.Send != nil && e.Send.Kind != Confirmation) {
			continue
		}
		heads = append(heads, e)
	}
	return heads
}
