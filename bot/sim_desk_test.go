package bot_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// desk is a person of the bank who sees to what waits: takes it on, writes, gives it back or ends it. What isn't possible is
// refused, and tried no more.
func (w *simWorld) desk(until time.Time) {
	r := w.draw("desk")
	for n := 0; time.Now().Before(until); n++ {
		time.Sleep(between(r, 10*time.Second, 50*time.Second))
		all, err := w.look.Handoffs(w.life)
		if err != nil {
			w.see("what waits for a person can't be listed: %v", err)
			continue
		}
		if len(all) == 0 {
			continue
		}
		at := all[r.IntN(len(all))].Conversation
		acts := []fsm.AgentActed{{Action: "claim"}, {Action: "reply", Text: "Hello, a colleague here."}, {Action: "return"}}
		if r.IntN(2) == 0 {
			acts[2] = fsm.AgentActed{Action: "resolve", Outcome: []string{"promised", "settled", "paid", "done", "moved"}[r.IntN(5)]}
		}
		for i, a := range acts {
			a.Agent = "staff-1"
			key := fmt.Sprintf("act-%d-%d", n, i)
			w.tell("the desk does: %s", a.Action)
			w.deliver(key, 10, func(ctx context.Context, p *simProc) error {
				err := p.bot.Act(ctx, at, key, a)
				if refusal := (*fsm.Refusal)(nil); errors.As(err, &refusal) {
					w.tell("the desk may not %s: %s", a.Action, refusal.Why)
					return nil
				}
				return err
			})
			time.Sleep(between(r, time.Second, 8*time.Second))
		}
	}
}
