package fsm

import "time"

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

// Heads are the effects that may run: the first of each lane.
func (c *Conversation) Heads() []Effect {
	var heads []Effect
	seen := make(map[string]bool, 4)
	for _, e := range c.Effects {
		if !seen[e.Lane] {
			seen[e.Lane] = true
			heads = append(heads, e)
		}
	}
	return heads
}
