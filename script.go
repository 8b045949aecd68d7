package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/internal/nearest"
	"github.com/settle-chat/settle/store"
)

// directions are the lines that a chat and a transcript know beside what the customer types.
const directions = `  /clock +25h                                    the time moves on: +30m, +25h, +3d
  /event psp.paid amount=1250.00                 a system of record reports
  /record balance=0.00                           a system of record knows another value from now on
  /next core.record-promise declined limit       its next call is declined; or: retry [TIMES], permanent, unknown
  /agent claim | reply TEXT | return             a person at the desk acts; or: resolve OUTCOME`

// direct carries out one line that starts with a slash, in a chat or a transcript.
func (t *thread) direct(ctx context.Context, line string) error {
	words := strings.Fields(line)
	do, known := map[string]func(context.Context, []string) error{
		"/clock": t.clock, "/event": t.event, "/record": t.record, "/next": t.next, "/agent": t.agent,
	}[words[0]]
	if !known {
		return fmt.Errorf("%s: there is no such line%s", words[0], didYouMean(words[0], []string{"/clock", "/event", "/record", "/next", "/agent"}))
	}
	if err := do(ctx, words[1:]); err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	return nil
}

func (t *thread) clock(ctx context.Context, words []string) error {
	by, err := time.Duration(0), errors.New("")
	if len(words) == 1 {
		by, err = duration(strings.TrimPrefix(words[0], "+"))
	}
	if err != nil || by <= 0 {
		return errors.New("write it as /clock +30m, +25h or +3d")
	}
	return t.later(ctx, by)
}

// event reports news of a system to the case. What it would always tell and isn't given is filled in.
func (t *thread) event(ctx context.Context, words []string) error {
	if len(words) == 0 {
		return errors.New("write it as /event psp.paid amount=1250.00")
	}
	name, declared := words[0], t.workflow.Events[words[0]]
	if declared == nil {
		return fmt.Errorf("workflow %s knows no event %q%s", t.workflow.Name, name, didYouMean(name, slices.Collect(maps.Keys(t.workflow.Events))))
	}
	if t.caseID == "" {
		return errNoCase
	}
	facts := map[string]string{}
	for fact, typ := range declared {
		facts[fact] = sample(fact, &fsm.FactDef{Type: typ, Of: []string{"ok"}})
		if fact == "reference" {
			facts[fact] = rehearsedRef
		}
	}
	for _, pair := range words[1:] {
		k, v, ok := strings.Cut(pair, "=")
		if _, has := declared[k]; !ok || !has {
			return fmt.Errorf("%q: write name=value; event %s tells %s", pair, name, strings.Join(slices.Sorted(maps.Keys(declared)), ", "))
		}
		facts[k] = v
	}
	if err := t.bot.Report(ctx, bot.ReportRequest{ID: store.Nonce(), Case: t.caseID, Event: name, Facts: facts}); err != nil {
		return err
	}
	return t.settle(ctx)
}

// record changes what lookups find. Nobody is told: the engine looks again when it needs to.
func (t *thread) record(_ context.Context, words []string) error {
	if len(words) == 0 {
		return errors.New("write it as /record balance=0.00")
	}
	for _, pair := range words {
		k, v, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("%q: write name=value", pair)
		}
		w := t.knower(k)
		if err := given(w, k, v); err != nil {
			return err
		}
		from := w.Facts[k].From
		if !strings.Contains(from, ".") {
			return fmt.Errorf("fact %q isn't looked up: no system of record knows it", k)
		}
		t.bank.knows(from, k, v)
	}
	return nil
}

// knower is the workflow that a fact belongs to: the thread's own, else one that it may open later.
func (t *thread) knower(fact string) *fsm.Workflow {
	all := t.library.All()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if t.workflow.Facts[fact] == nil && all[name].Facts[fact] != nil {
			return all[name]
		}
	}
	return t.workflow
}

// next makes the next calls of an operation fail.
func (t *thread) next(_ context.Context, words []string) error {
	if len(words) < 2 {
		return errors.New("write it as /next core.record-promise declined limit")
	}
	operation, how, rest := words[0], words[1], words[2:]
	if t.workflow.Operations[operation] == nil {
		return fmt.Errorf("no operation %q%s", operation, didYouMean(operation, slices.Collect(maps.Keys(t.workflow.Operations))))
	}
	times := 1
	if how != "declined" && len(rest) > 0 {
		n, err := strconv.Atoi(rest[0])
		if err != nil || n < 1 || n > 100 || len(rest) > 1 {
			return fmt.Errorf("%q: write how many calls, from 1 to 100", strings.Join(rest, " "))
		}
		times = n
	}
	var err error
	switch how {
	case "declined":
		err = integrations.Declined{Reason: strings.Join(rest, "-")}
	case "retry":
		err = integrations.Retry{Cause: "as the script says"}
	case "permanent":
		err = integrations.Permanent{Cause: "as the script says"}
	case "unknown":
		err = integrations.Unknown{Cause: "as the script says"}
	default:
		return fmt.Errorf("%q: an operation can be declined, retry, permanent or unknown", how)
	}
	t.bank.answers(operation, err, times)
	return nil
}

func (t *thread) agent(ctx context.Context, words []string) error {
	a := fsm.AgentActed{Agent: "rehearsal"}
	switch {
	case len(words) == 1 && slices.Contains([]string{"claim", "return", "resolve"}, words[0]):
		a.Action = words[0]
	case len(words) == 2 && words[0] == "resolve":
		a.Action, a.Outcome = words[0], words[1]
		if t.workflow.Outcomes[a.Outcome] == nil {
			return fmt.Errorf("workflow %s has no outcome %q%s", t.workflow.Name, a.Outcome, didYouMean(a.Outcome, slices.Collect(maps.Keys(t.workflow.Outcomes))))
		}
	case len(words) > 1 && words[0] == "reply":
		a.Action, a.Text = words[0], strings.Join(words[1:], " ")
	default:
		return errors.New("write claim, reply and a text, return, or resolve and an outcome")
	}
	if t.conversation == "" {
		return errNoCase
	}
	err := t.bot.Act(ctx, t.conversation, store.Nonce(), a)
	if r := (*fsm.Refusal)(nil); errors.As(err, &r) {
		return errors.New(r.Why) // the line says which action
	}
	if err != nil {
		return err
	}
	return t.settle(ctx)
}

// duration reads Go's durations, and days: 3d, 3d4h.
func duration(s string) (time.Duration, error) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 0 || n > 3650 {
		return 0, fmt.Errorf("%q: from 0 to 3650 days", s)
	}
	if rest == "" {
		rest = "0s"
	}
	more, err := time.ParseDuration(rest)
	return time.Duration(n)*24*time.Hour + more, err
}

// didYouMean names the known name that was probably meant, as a clause to end a message with, or those that there are.
func didYouMean(name string, known []string) string {
	if best := nearest.Name(name, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(known) == 0 {
		return "; there are none"
	}
	return "; there are " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}
