package bot_test

import (
	"context"
	"sync"
	"testing"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// whatsapp is a provider's wire for WhatsApp that keeps the templates it was given.
type whatsapp struct {
	templates bool // it sends approved templates

	mu   sync.Mutex
	sent []string // guarded by mu; the template of each message, in order
}

func (w *whatsapp) Capabilities() message.Capabilities {
	return message.Capabilities{Channel: "whatsapp", Text: 1024, Buttons: 3, ButtonLabel: 20, Window: true, Templates: w.templates}
}

func (w *whatsapp) Send(_ context.Context, m message.Outbound) (message.ID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, m.Message.Template)
	return message.ID("wamid." + m.Key), nil
}

// Where a thread is closed to free text, a message goes out under its approved template on a channel that has them; on one
// that hasn't it isn't sent, and the next way to reach the customer is tried at once.
func TestTemplateOutsideTheWindow(t *testing.T) {
	t.Parallel()
	for _, has := range []bool{true, false} {
		w := &whatsapp{templates: has}
		b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Channels["whatsapp"] = w }})
		c := client(1)
		seed(b, c)
		r := request(c)
		r.Addresses = append(r.Addresses, "whatsapp:"+message.Address(c.number))
		r.Consent = append(r.Consent, policy.Consent{Channel: "whatsapp", Purpose: "collection", Given: true, Source: "agreement", At: tuesday.AddDate(-1, 0, 0)})
		if _, err := b.bot.Open(b.ctx(), r); err != nil {
			t.Fatal(err)
		}
		b.settle()
		w.mu.Lock()
		sent, texts := w.sent, len(b.heard(c))
		w.mu.Unlock()
		switch {
		case has && (len(sent) != 1 || sent[0] != "hello" || texts != 0):
			t.Errorf("with templates: WhatsApp was given %q and SMS %d messages, want the template hello, and none", sent, texts)
		case !has && (len(sent) != 0 || texts != 1):
			t.Errorf("without templates: WhatsApp was given %q and SMS %d messages, want none, and the first message", sent, texts)
		}
	}
}
