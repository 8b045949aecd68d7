package demo

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
)

// library loads the shipped content once for all tests.
var library = sync.OnceValues(func() (*fsm.Library, error) {
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		return nil, err
	}
	c, err := config.Parse("settle.yaml", data)
	if err != nil {
		return nil, err
	}
	d := c.Declarations()
	d.Channels = []string{"email", "sms", "whatsapp"}
	for name, o := range d.Operations {
		o.Retryable = true // the ledger remembers every key
		d.Operations[name] = o
	}
	l, err := fsm.LoadTree(content.FS, d)
	if err != nil {
		return nil, err
	}
	for _, w := range l.All() {
		w.PinVariants("a")
	}
	return l, nil
})

// bench is a demo in this process, without a browser.
type bench struct {
	*Demo
	t       *testing.T
	handler http.Handler
	end     func()
}

func newBench(t *testing.T) *bench {
	t.Helper()
	lib, err := library()
	if err != nil {
		t.Fatalf("load the shipped workflows:\n%v", err)
	}
	bank, err := ledger.Open(filepath.Join(t.TempDir(), "bank.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bank.Close() })
	d, err := Open(t.Context(), Options{
		Clock: NewClock(Morning(time.Now())), Library: lib, Systems: map[string]integrations.System{"core": bank, "psp": bank, "crm": bank},
		Checks: []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}, Seed: 1, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Demo: d, t: t, handler: d.Handler(), end: sync.OnceFunc(d.Close)}
	t.Cleanup(b.end)
	b.later(2 * deliveredIn) // the first messages arrive
	return b
}

func (b *bench) later(by time.Duration) {
	b.t.Helper()
	if err := b.Advance(b.t.Context(), by); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) thread(contact, channel string) []simulator.Bubble {
	return b.network.Thread(b.contact(contact).Address(channel))
}

func (b *bench) rows(table string) []map[string]string {
	b.t.Helper()
	rows, err := b.books.Rows(b.t.Context(), table)
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

// asks asks for a page, or sends a form.
func (b *bench) asks(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// types has a contact write an SMS, and what follows from it arrive.
func (b *bench) types(contact string, texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if w := b.asks("POST", "/sim/"+contact+"/sms/messages", url.Values{"text": {text}}); w.Code != http.StatusSeeOther {
			b.t.Fatalf("write %q: status %d, want 303: %s", text, w.Code, w.Body)
		}
		b.later(2 * deliveredIn)
	}
}

// tells tells the guided story up to a step.
func (b *bench) tells(upTo int) {
	b.t.Helper()
	for b.story.done < upTo {
		if w := b.asks("POST", "/story", url.Values{}); w.Code != http.StatusSeeOther {
			b.t.Fatalf("step %d of the story: status %d, want 303: %s", b.story.done, w.Code, w.Body)
		}
	}
}
