package bench

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// knows is a system of record that knows one account.
type knows integrations.Values

func (k knows) Find(context.Context, integrations.Request) (integrations.Values, error) {
	return integrations.Values(k), nil
}

func (k knows) Apply(context.Context, integrations.Change) (integrations.Receipt, error) {
	return integrations.Receipt{}, nil
}

// small is a run of some hundred messages.
func small(t *testing.T) Options {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("no redis-server on PATH: apt-get install redis-server")
	}
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("settle.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Declarations()
	d.Channels = []string{"email", "sms", "whatsapp"}
	for name, o := range d.Operations {
		o.Retryable = true
		d.Operations[name] = o
	}
	library, err := fsm.LoadTree(content.FS, d)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) // a Tuesday at noon
	account := knows{"balance": "1250.00", "days_past_due": "12", "in_dispute": "false"}
	return Options{
		Library: library, Systems: map[string]integrations.System{"core": account, "psp": account, "crm": account},
		Checks: []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}, Start: start,
		Channel: func(base string, d channels.Deps) (channels.Channel, error) {
			c := twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: BankNumber, BaseURL: base}
			return c.Open(d)
		},
		Matter: bot.OpenRequest{
			Source: "bench", Workflow: "overdue-account", Language: "en", Zone: "Africa/Johannesburg",
			Facts:   map[string]string{"first_name": "Thandi", "date_of_birth": "1990-03-14", "postcode": "2196", "account_last4": "4821", "due_date": "2026-11-01"},
			Consent: []policy.Consent{{Channel: "sms", Purpose: "collection", Given: true, Source: "bench", At: start.AddDate(-1, 0, 0)}},
		},
		For: 80 * time.Millisecond, Connections: 4, Conversations: 200, Progress: io.Discard,
	}
}

// A yardstick that is held up by something else is none.
func TestASlowBareHandlerVoidsTheRun(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("redis-benchmark"); err != nil {
		t.Skip("no redis-benchmark on PATH: apt-get install redis-tools")
	}
	o := small(t)
	o.bare = 50 * time.Millisecond
	if r, err := MeasureWebhook(t.Context(), o); !errors.Is(err, ErrVoid) {
		t.Errorf("with a bare handler that waits 50 ms: %v, bare %.0f of %.0f a second, want the run void", err, r.Bare, r.Commits)
	}
}

// What is measured is real: each message is committed once to a conversation of its own, steps it, and its reply goes to the
// provider; and the bare handler's commits are written.
func TestWhatIsMeasuredIsReal(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context(), small(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	m, err := w.model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	real, err := w.serve(true)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	s := &side{world: w, bot: real.bot, address: real.address, number: realNumber, seed: func(ctx context.Context, from, n int) error { return w.seed(ctx, m, from, n) }}
	if s.load, err = w.newLoad(s.address, 4); err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 2*n)
	if err := s.more(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	w.provider.tell(func(to string, _ time.Time) { told <- to })
	done, err := s.run(t.Context(), time.Minute)
	if err != nil || done.done != n {
		t.Fatalf("%d messages answered, %v, want %d", done.done, err, n)
	}
	got := map[string]bool{}
	for range n {
		select {
		case to := <-told:
			got[to] = true
		case <-time.After(20 * time.Second):
			t.Fatalf("%d replies, want %d", len(got), n)
		}
	}
	for i := range n {
		if !got[realNumber(i)] {
			t.Errorf("customer %d got no reply", i)
		}
	}
	if err := w.rest(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	moved := 0
	for i := range n {
		l, err := w.store.LoadAddress(t.Context(), smsAddress(realNumber(i)))
		if err != nil {
			t.Fatal(err)
		}
		if l.Conversation.Version < 2 {
			t.Errorf("conversation %d is at version %d: its message was not committed", i, l.Conversation.Version)
		}
		if l.Conversation.Challenge != nil {
			moved++
		}
	}
	if moved != n/2 {
		t.Errorf("%d of %d conversations were moved on to the question who is there, want half", moved, n)
	}
	waiting, err := w.store.LoadAddress(t.Context(), smsAddress(realNumber(n)))
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a conversation that was never written: %v, %v", waiting.Conversation.ID, err)
	}
}

// A conversation that has had its message can't be written by the bare handler a second time: the recorded commit expects
// the version before. So each of its 200s stands for a written commit.
func TestTheBareHandlerWrites(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context(), small(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	m, err := w.model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.record(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	address, err := w.serveBare(r, w.redis.Run)
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.newLoad(address, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.seedRaw(t.Context(), r, 0, 10); err != nil {
		t.Fatal(err)
	}
	if s, err := l.closed(t.Context(), newQueue(address, 0, 10, bareNumber), time.Minute); err != nil || s.done != 10 {
		t.Errorf("%d answered, %v, want 10", s.done, err)
	}
	if _, err := l.closed(t.Context(), newQueue(address, 0, 1, bareNumber), time.Minute); !errors.Is(err, errAnswer) {
		t.Errorf("the same conversation again: %v, want %v", err, errAnswer)
	}
}

// Only a signed message gets through, to the bare handler as to the real one.
func TestABadSignatureEndsTheRun(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context(), small(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	real, err := w.serve(false)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := w.serveBare(&recorded{}, w.redis.Run)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{real.address, bare} {
		l, err := w.newLoad(address, 1)
		if err != nil {
			t.Fatal(err)
		}
		q := newQueue(address, 0, 1, realNumber)
		q.requests[0] = []byte(strings.Replace(string(q.requests[0]), "NumMedia=0", "NumMedia=1", 1))
		if _, err := l.closed(t.Context(), q, time.Minute); !errors.Is(err, errAnswer) || !strings.Contains(err.Error(), "403") {
			t.Errorf("a changed message: %v, want %v: 403", err, errAnswer)
		}
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		most int
		want []int
	}{
		{0, []int{1000, 10_000, 100_000}}, {200, []int{200}}, {1000, []int{1000}}, {5000, []int{1000, 5000}},
		{1_000_000, []int{1000, 10_000, 100_000, 1_000_000}},
	} {
		if got := levels(tc.most); !slices.Equal(got, tc.want) {
			t.Errorf("levels(%d) = %v, want %v", tc.most, got, tc.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, tc := range []struct {
		of   []time.Duration
		q    float64
		want time.Duration
	}{{nil, .5, 0}, {hundred[:1], .99, 1}, {hundred, .5, 51}, {hundred, .99, 100}, {hundred, 1, 100}} {
		if got := quantile(tc.of, tc.q); got != tc.want {
			t.Errorf("quantile(%d values, %v) = %d, want %d", len(tc.of), tc.q, got, tc.want)
		}
	}
}
