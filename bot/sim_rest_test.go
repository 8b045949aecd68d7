package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// atRest: once days have passed nothing waits that should have been done, and no case is forgotten.
func (v *simVerdict) atRest(id string) {
	loaded, err := v.w.look.Load(v.w.life, id)
	if err != nil {
		return // said already
	}
	c := &loaded.Conversation
	for _, f := range c.Effects {
		if f.Due.Before(loaded.Now.Add(-time.Minute)) {
			v.broken("effect %s (%s) of %s was due %s ago and isn't done", short(f.ID), f.Kind(), id, loaded.Now.Sub(f.Due))
		}
	}
	for _, t := range c.Timers {
		if t.Due.Before(loaded.Now.Add(-time.Minute)) {
			v.broken("timer %s of %s was due %s ago", t.Name, id, loaded.Now.Sub(t.Due))
		}
	}
	for i := range c.Cases {
		k := &c.Cases[i]
		if k.Phase != fsm.Closed && !waitsFor(c, k) {
			v.broken("case %s of %s, in %q (%s), waits for nothing and nobody", short(k.ID), id, k.State, k.Phase)
		}
	}
	if late := v.w.lateScore(loaded); late != "" {
		v.broken("%s", late)
	}
}

// waitsFor says whether a case that is open will ever go on: by time, by what is being done, by a person, or when the case
// before it is over. An opted-out customer's waits for START.
func waitsFor(c *fsm.Conversation, k *fsm.Case) bool {
	timer := func(t fsm.Timer) bool { return t.Case == k.ID }
	effect := func(f fsm.Effect) bool { return f.Case == k.ID }
	work := func(h fsm.Handoff) bool { return h.Case == k.ID }
	return slices.ContainsFunc(c.Timers, timer) || slices.ContainsFunc(c.Effects, effect) || slices.ContainsFunc(c.Work, work) ||
		c.Handoff != nil && (c.Handoff.Case == k.ID || k.Phase == fsm.Queued) || k.Phase == fsm.Queued && c.Active != "" && c.Active != k.ID || c.Contact.Stopped
}

// lateScore says whether a conversation's place among what is due is later than what its document wants. Whoever took it to
// look at it has moved it on by five seconds.
func (w *simWorld) lateScore(l store.Loaded) string {
	claims := make(map[string]time.Time)
	for id, c := range l.Claims {
		if f := l.Conversation.Effect(id); f != nil && f.Attempt == c.Attempt {
			claims[id] = c.Until
		}
	}
	wake := l.Conversation.Wake(claims)
	if wake.IsZero() {
		return ""
	}
	partition, _, _ := strings.Cut(l.Conversation.ID, "-")
	scores, _ := w.server.SortedSet("settle:{" + partition + "}:due")
	score, there := scores[l.Conversation.ID]
	if !there {
		return fmt.Sprintf("%s wants attention at %s and isn't among what is due", l.Conversation.ID, wake)
	}
	w.noteClock()
	w.mu.Lock()
	latest := w.latest
	w.mu.Unlock()
	if moved := latest.Add(5 * time.Second); moved.After(wake) {
		wake = moved
	}
	if at := time.UnixMilli(int64(score)); at.After(wake.Add(time.Millisecond)) {
		return fmt.Sprintf("%s wants attention at %s and is due %s later", l.Conversation.ID, wake, at.Sub(wake))
	}
	return ""
}

// watch looks at every document now and then while everything happens.
func (w *simWorld) watch(until time.Time) {
	r := w.draw("watch")
	for time.Now().Before(until) {
		time.Sleep(between(r, time.Second, 9*time.Second))
		for id, err := range w.look.Conversations(w.life) {
			if err != nil {
				w.see("conversations can't be listed: %v", err)
				break
			}
			loaded, err := w.look.Load(w.life, id)
			if err != nil {
				w.see("document of %s: %v", id, err)
				continue
			}
			if late := w.lateScore(loaded); late != "" {
				w.see("%s", late)
			}
		}
	}
}

func (w *simWorld) see(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.tell("BROKEN %s", text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, text)
}

// seen is what was broken while everything happened.
func (w *simWorld) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.broken)
}

// result puts the run into figures.
func (v *simVerdict) result() simResult {
	w := v.w
	res := simResult{seed: w.seed, faults: w.faults, passed: w.now().Sub(simStart), violations: v.violations, timeline: w.timeline()}
	var lines []string
	for _, entries := range v.journals {
		for _, e := range entries {
			res.events++
			lines = append(lines, fmt.Sprint("journal ", e.Conversation, e.Version, e.Position, e.Entry.Event.ID, e.Entry.Event.At.UnixNano(), e.Entry.From, e.Entry.To, e.Entry.Because, e.Entry.Effects))
		}
	}
	for _, s := range w.net.all() {
		res.messages++
		lines = append(lines, fmt.Sprint("sent ", s.at.UnixNano(), s.key, s.to.Value(), s.text))
	}
	for _, c := range w.bank.changes() {
		res.changes++
		lines = append(lines, fmt.Sprint("made ", c.at.UnixNano(), c.key, c.operation, c.in))
	}
	res.digest = simDigest(lines)
	return res
}
