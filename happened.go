package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
)

// happened writes what the last line led to: what was said and written back, in the order in which it was wanted; where
// the cases went; and what a reviewer must see of why.
func (p *player) happened(ctx context.Context) error {
	entries, err := p.thread.moves(ctx)
	if err != nil {
		return err
	}
	c, _, err := p.thread.document(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, id := range e.Effects {
			p.order[id] = len(p.order)
		}
		if err := fault(e); err != nil {
			return err
		}
	}
	p.told()
	for len(entries) > 0 {
		n := 1 // entries of one case are one move
		for n < len(entries) && entries[n].Case == entries[0].Case {
			n++
		}
		p.moved(c, entries[:n])
		entries = entries[n:]
	}
	return nil
}

// fault is an event that could not be stepped. No transcript can be right about that.
func fault(e fsm.Entry) error {
	for _, because := range e.Because {
		if reason, ok := strings.CutPrefix(because, "quarantined: "); ok {
			return fmt.Errorf("the engine can't go on here, which is its own fault: %s", reason)
		}
	}
	return nil
}

// told writes messages and changes. Those of different systems and lanes run at once: the order in which they were wanted
// is the same each time.
func (p *player) told() {
	type item struct {
		order int
		text  string
	}
	var items []item
	for _, m := range p.thread.heard() {
		text := m.Rendered.Text
		if code := p.thread.code; code != "" {
			text = strings.ReplaceAll(text, code, "{code}")
		}
		items = append(items, item{p.order[m.Outbound.Key], "  > " + strings.ReplaceAll(text, "\n", "\n    ")})
	}
	attempts := p.thread.bank.since(p.attempts)
	p.attempts += len(attempts)
	for _, a := range attempts {
		items = append(items, item{p.order[a.change.Key], "  = " + a.operation + inWords(a.change.In) + failed(a.err)})
	}
	slices.SortStableFunc(items, func(a, b item) int { return a.order - b.order })
	for _, i := range items {
		p.write(i.text)
	}
}

// inWords are a change's values. The bank's reference of the matter is in every one, so it isn't shown.
func inWords(in map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if k != "ref" {
			fmt.Fprintf(&b, " %s=%s", k, in[k])
		}
	}
	return b.String()
}

func failed(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case integrations.Declined:
		return ": declined, " + e.Reason
	case integrations.Retry:
		return ": not now"
	case integrations.Permanent:
		return ": refused"
	}
	return ": no answer"
}

// moved writes where one case went, and what the journal says that a reviewer must see.
func (p *player) moved(c *fsm.Conversation, entries []fsm.Entry) {
	workflow, prefix := p.name, ""
	if k := c.Case(entries[0].Case); k != nil {
		workflow, _, _ = strings.Cut(k.Workflow, "@")
		if k.ID != p.thread.caseID {
			prefix = workflow + ": "
		}
	}
	from, path := "", []string{}
	for _, e := range entries {
		p.cover.entry(e, workflow)
		if len(path) == 0 {
			from = e.From
		}
		path = append(path, e.Path...)
	}
	if len(path) > 0 {
		if from != "" {
			path = append([]string{from}, path...)
		}
		p.write(fmt.Sprintf("  [%s%s]", prefix, strings.Join(slices.Compact(path), " -> ")))
	}
	for _, e := range entries {
		for _, because := range e.Because {
			if note := noteOf(because); note != "" && !(note[0] == '(' && p.noted[note]) {
				p.noted[note] = true
				p.write("  " + note)
			}
		}
		if d := e.Event.Done; d != nil && (d.Result == fsm.Held || d.Result == fsm.Refused) {
			p.write("  (not sent: " + strings.Join(d.Because, "; ") + ")")
		}
	}
}

// noteOf is what of a reason stands in a transcript: ends, handoffs, flags, what is opened, and what wasn't offered.
func noteOf(because string) string {
	switch {
	case strings.HasPrefix(because, "ended: "), strings.HasPrefix(because, "opens "):
		return because
	case strings.HasPrefix(because, "handed to queue "):
		queue, reason, _ := strings.Cut(strings.TrimPrefix(because, "handed to queue "), ": ")
		return "hand off to " + queue + ": " + reason
	case strings.HasPrefix(because, "queue ") && strings.HasSuffix(because, " sees to it"):
		return "hand over to " + strings.TrimSuffix(strings.TrimPrefix(because, "queue "), " sees to it")
	case strings.HasPrefix(because, "flag "), strings.HasPrefix(because, "resolved by a person"):
		return because
	case because == "claimed":
		return "claimed by a person: the bot is silent"
	case because == "seen to by a person", because == "returned to the bot":
		return because
	case strings.Contains(because, " is not offered: "), strings.HasPrefix(because, "recognised"), strings.HasPrefix(because, "the trigger doesn't hold"):
		return "(" + because + ")"
	}
	return ""
}
