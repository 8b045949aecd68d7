package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/store"
)

// direct carries out one line that starts with a slash, in a chat or a transcript:
//
//	/clock +25h                              the time moves on
//	/event psp.paid amount=1250.00           a system of record reports
//	/next core.record-promise declined limit the next call of an operation is declined, or: retry, permanent, unknown
//	/agent claim | return | resolve OUTCOME  a person at the desk acts
func (t *thread) direct(ctx context.Context, line string) error {
	words := strings.Fields(line)
	usage := fmt.Errorf("%s: use /clock +25h, /event NAME k=v, /next OPERATION declined REASON, or /agent claim|return|resolve OUTCOME", words[0])
	if len(words) < 2 {
		return usage
	}
	switch words[0] {
	case "/clock":
		by, err := duration(strings.TrimPrefix(words[1], "+"))
		if err != nil {
			return fmt.Errorf("/clock %s: write it as +30m, +25h or +3d", words[1])
		}
		return t.later(ctx, by)
	case "/event":
		facts := make(map[string]string)
		for _, pair := range words[2:] {
			k, v, ok := strings.Cut(pair, "=")
			if !ok {
				return usage
			}
			facts[k] = v
		}
		if err := t.bot.Report(ctx, bot.ReportRequest{ID: store.Nonce(), Case: t.caseID, Event: words[1], Facts: facts}); err != nil {
			return err
		}
		return t.settle(ctx)
	case "/next":
		if len(words) < 3 {
			return usage
		}
		if t.workflow.Operations[words[1]] == nil {
			return fmt.Errorf("/next: no operation %q: there are %s", words[1], strings.Join(slices.Sorted(maps.Keys(t.workflow.Operations)), ", "))
		}
		var err error
		switch words[2] {
		case "declined":
			err = integrations.Declined{Reason: strings.Join(words[3:], "-")}
		case "retry":
			err = integrations.Retry{Cause: "as the script says"}
		case "permanent":
			err = integrations.Permanent{Cause: "as the script says"}
		case "unknown":
			err = integrations.Unknown{Cause: "as the script says"}
		default:
			return usage
		}
		t.bank.answers(words[1], err)
		return nil
	case "/agent":
		a := fsm.AgentActed{Agent: "rehearsal", Action: words[1]}
		if len(words) > 2 {
			a.Outcome = words[2]
		}
		if err := t.bot.Act(ctx, t.conversation, a); err != nil {
			return err
		}
		return t.settle(ctx)
	}
	return usage
}

// duration reads Go's durations, and days.
func duration(s string) (time.Duration, error) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	d, err := time.ParseDuration(days + "h")
	if err != nil || rest == "" {
		return d * 24, err
	}
	more, err := time.ParseDuration(rest)
	return d*24 + more, err
}
