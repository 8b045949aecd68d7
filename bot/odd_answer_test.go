package bot_test

import (
	"context"
	"strings"
	"testing"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
)

// A change that was made, and whose answer has an output that isn't of its type, is made: it isn't made again, its receipt
// is kept, and an operator learns of it.
func TestChangeWithAnOddAnswerIsMade(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	odd := &oddSystem{System: b.bank}
	b.bot = b.other(func(o *bot.Options) {
		o.Systems = map[string]integrations.System{"core": b.bank, "psp": odd, "crm": b.bank}
	})
	c := client(1)
	o := b.open(c)
	b.known(c)
	b.says(c, "1") // pay
	b.says(c, "1") // again
	b.says(c, "1") // pay
	if n := len(odd.keys); n != 1 {
		t.Errorf("applied under %d keys, want 1: %v", n, odd.keys)
	}
	if n := b.entries(o, func(e fsm.Event) bool {
		return e.Done != nil && e.Done.Result == fsm.OK && e.Done.Receipt == odd.receipt && e.Done.Values["link"] == ""
	}); n != 1 {
		t.Errorf("%d results with the receipt and without the link, want 1", n)
	}
	letters, err := b.store.Letters(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) == 0 || !strings.Contains(letters[0].Letter.Reason, "payment-page: made") {
		t.Errorf("no letter says so: %+v", letters)
	}
}

// oddSystem makes payment pages, and says of each where it is in a text that isn't one.
type oddSystem struct {
	integrations.System
	keys    []string
	receipt string
}

func (s *oddSystem) Apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	r, err := s.System.Apply(ctx, c)
	if c.Operation == "payment-page" && err == nil {
		s.keys, s.receipt = append(s.keys, c.Key), r.ID
		r.Out = integrations.Values{"link": "https://pay.example/\xff"}
	}
	return r, err
}
