package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/bot"
)

func (l looked) handoff(ctx context.Context, id string) error {
	desk, err := l.desk(ctx)
	if err != nil {
		return err
	}
	defer desk.Close()
	conversation, caseID, err := found(ctx, desk, id)
	if err != nil {
		return err
	}
	d, err := desk.HandoffDetail(ctx, conversation, caseID)
	if errors.Is(err, bot.ErrNotWaiting) {
		return fmt.Errorf("%q: nothing in it waits for a person: settle handoffs lists what does", id)
	}
	if err != nil {
		return err
	}
	if l.json {
		return json.NewEncoder(l.out).Encode(d)
	}
	t := newTable(l.out, "CASE", "QUEUE", "REASON", "SINCE", "WITH")
	for _, w := range d.Waiting {
		t.row(w.Case, w.Queue, w.Reason, minute(w.Since), with(w))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	l.tell(d)
	return nil
}

// say prints one line. What came from outside can't change how the rest is shown.
func (l looked) say(format string, args ...any) {
	for i, a := range args {
		args[i] = safe(fmt.Sprint(a))
	}
	fmt.Fprintf(l.out, format+"\n", args...)
}

func (l looked) tell(d bot.HandoffDetail) {
	l.say("\ncase %s of %s, state %s, customer's language %s", d.Case.Case, d.Case.Workflow, d.Case.State, d.Waiting[0].Language)
	l.say("assurance: %s (%s)", d.Assurance.Level, d.Assurance.Because)
	for _, e := range d.Earned {
		lapsed := ", no longer counts"
		if e.Stands {
			lapsed = ""
		}
		l.say("  %s %s, from %s%s", minute(e.At), e.Kind, e.Address, lapsed)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Facts)) {
		l.say("  %s: %s", name, d.Facts[name])
	}
	if len(d.Hidden) > 0 {
		l.say("  not shown until the customer is recognised: %s", strings.Join(d.Hidden, ", "))
	}
	if len(d.Flags) > 0 {
		l.say("  flags: %s", strings.Join(d.Flags, ", "))
	}
	l.tellChoices(d)
	l.say("\nwhy")
	for _, w := range d.Why {
		l.say("  %s", w)
	}
	l.say("\nwhat was said")
	for _, line := range d.Transcript {
		who := line.Who
		if line.Name != "" {
			who += " " + line.Name
		}
		first, rest, _ := strings.Cut(line.Text, "\n")
		l.say("  %s %s: %s", minute(line.At), who, first)
		for more := range strings.Lines(rest) {
			l.say("      %s", strings.TrimSuffix(more, "\n"))
		}
		for _, o := range line.Options {
			l.say("      - %s", o)
		}
		if strings.HasPrefix(line.Status, "not ") || strings.HasPrefix(line.Status, "waits") {
			l.say("      (%s)", line.Status)
		}
	}
}

// tellChoices says what the customer could choose, what was tried, and what the person can do.
func (l looked) tellChoices(d bot.HandoffDetail) {
	if o := d.Offered; o != nil {
		l.say("\noffered last, %s", minute(o.At))
		for _, option := range o.Options {
			l.say("  - %s", option)
		}
		for _, option := range slices.Sorted(maps.Keys(o.Hidden)) {
			l.say("  %s was not: %s", option, o.Hidden[option])
		}
	}
	if len(d.Tried) > 0 {
		l.say("\ntried")
	}
	for _, t := range d.Tried {
		l.say("  %s %s %s: %s %s", minute(t.At), t.Kind, t.Operation, t.Result, t.Reason)
	}
	l.say("\nyou can")
	switch {
	case d.Waiting[0].Ended:
		l.say("  resolve it, without an outcome: its case has ended")
		return
	case d.Waiting[0].Behind:
		l.say("  do nothing yet: another case of this customer comes first")
		return
	case d.Stopped:
		l.say("  not reply: the customer has said STOP")
	}
	if len(d.Outcomes) > 0 {
		l.say("  resolve it with --outcome %s", strings.Join(d.Outcomes, " | "))
	}
	if d.ReturnsTo != "" {
		l.say("  return it: the bot goes on in %s", d.ReturnsTo)
	} else {
		l.say("  not return it: exception %s doesn't go back to the bot", d.Waiting[0].Reason)
	}
}
