package simulator_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// A message comes along as its delays and its validity say, and its receipts say what became of it.
func TestStatuses(t *testing.T) {
	t.Parallel()
	delays := simulator.Delays{Sent: time.Second, Delivered: time.Minute, Read: time.Hour}
	for name, tc := range map[string]struct {
		to       message.Address
		delays   simulator.Delays
		validity time.Duration
		fault    simulator.Fault
		want     []string // receipts, with their time since the send
		code     string
	}{
		"at once":              {to: thandi, want: []string{"sent 0s", "delivered 0s"}},
		"SMS is never read":    {to: thandi, delays: delays, want: []string{"sent 1s", "delivered 1m1s"}},
		"WhatsApp is":          {to: whatsapp, delays: delays, want: []string{"sent 1s", "delivered 1m1s", "read 1h1m1s"}},
		"just valid":           {to: thandi, delays: delays, validity: 61 * time.Second, want: []string{"sent 1s", "delivered 1m1s"}},
		"no longer valid":      {to: thandi, delays: delays, validity: 60*time.Second + 900*time.Millisecond, want: []string{"sent 1s", "failed 1m0s"}, code: "30036"},
		"not even sent":        {to: whatsapp, delays: simulator.Delays{Sent: time.Minute}, validity: time.Second, want: []string{"sent 1s", "failed 1s"}, code: "131026"},
		"Twilio's longest":     {to: thandi, delays: simulator.Delays{Delivered: 11 * time.Hour}, validity: 20 * time.Hour, want: []string{"sent 0s", "failed 10h0m0s"}, code: "30036"},
		"lost":                 {to: thandi, delays: delays, fault: simulator.Lose, want: []string{"sent 1s", "failed 1m1s"}, code: "30003"},
		"lost on WhatsApp":     {to: whatsapp, fault: simulator.Lose, want: []string{"sent 0s", "failed 0s"}, code: "131026"},
		"the answer is lost":   {to: thandi, fault: simulator.LoseAnswer, want: []string{"sent 0s", "delivered 0s"}},
		"the request is lost":  {to: thandi, fault: simulator.LoseRequest},
		"refused, never taken": {to: thandi, fault: simulator.Refuse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulator.Options{Delays: tc.delays})
			b.types(tc.to, "hello")
			b.received = nil
			m := outbound(tc.to, "effect1", "hello")
			if tc.validity > 0 {
				m.Validity = tc.validity
			}
			b.net.Plan(tc.to, tc.fault)
			id, err := b.net.Channel(tc.to.Channel()).Send(t.Context(), m)
			if err != nil && tc.fault == simulator.NoFault {
				t.Fatal(err)
			}
			var got []string
			for at, ok := b.net.Due(); ok; at, ok = b.net.Due() {
				b.set(at)
				b.attend()
				for _, r := range b.receipts() {
					if r.Key != m.Key || r.Conversation != m.Conversation || id != "" && r.Message != id || r.ID != "simulator/"+string(r.Message)+"/"+string(r.Status) {
						t.Errorf("receipt = %+v, want it about %s of %s, %s", r, m.Key, m.Conversation, id)
					}
					if r.Code != "" != (r.Status == message.Failed) || r.Code != "" && r.Code != tc.code {
						t.Errorf("the code of %s = %q, want %q where it failed", r.Status, r.Code, tc.code)
					}
					got = append(got, string(r.Status)+" "+b.clock().Sub(begin).String())
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("receipts = %q, want %q", got, tc.want)
			}
			if shown := b.last(tc.to); len(tc.want) > 0 && (tc.code != "") != (shown.Failure != "") {
				t.Errorf("the bubble's failure = %q, want one: %v", shown.Failure, tc.code != "")
			}
		})
	}
}

// receipts are those that have come since the last call.
func (b *bench) receipts() (all []message.Receipt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.received {
		all = append(all, r.Receipts...)
	}
	b.received = nil
	return all
}

// The customer's look at a thread reads what has arrived, once, on WhatsApp only.
func TestRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{Delays: simulator.Delays{Read: time.Hour}})
	b.types(whatsapp, "hello")
	b.send(outbound(whatsapp, "early", "hello"))
	b.send(outbound(thandi, "sms", "hello"))
	b.attend()
	b.net.Plan(whatsapp, simulator.Lose)
	b.send(outbound(whatsapp, "lost", "hello"))
	b.attend()
	b.receipts()
	for range 2 {
		for _, a := range []message.Address{whatsapp, thandi, "whatsapp:+447700900077"} {
			if err := b.net.Read(t.Context(), a); err != nil {
				t.Fatalf("Read(%s): %v", a, err)
			}
		}
	}
	b.settle()
	if got, want := b.told(), []string{"early read"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// Under Reorder receipts can come before the send's answer.
func TestReceiptsComeBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{Chaos: simulator.Chaos{Reorder: 0.5}, Seed: 3})
	hasty := 0
	for i := range 20 {
		b.send(outbound(thandi, word(i), "hello"))
		hasty += len(b.receipts())
		b.settle()
		b.receipts()
	}
	if hasty == 0 {
		t.Errorf("none of 20 sends had a receipt before its answer, want some")
	}
}

// A webhook that isn't taken comes again, later and later, and in the end no more: the customer sees that.
func TestWebhooksComeAgain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		deaf int
		want message.Status
		took time.Duration
	}{
		{0, message.Delivered, 0},
		{1, message.Delivered, time.Second},
		{3, message.Delivered, 7 * time.Second},
		{19, message.Delivered, 63*time.Second + 13*time.Minute},
		{20, message.Failed, 63*time.Second + 13*time.Minute},
	} {
		b := newBench(t, simulator.Options{})
		b.deaf = tc.deaf
		err := b.net.Type(t.Context(), thandi, "hello")
		if got := errors.Is(err, errDeaf); got != (tc.deaf > 0) {
			t.Errorf("nobody takes it %d times: Type = %v, want Deliver's error: %v", tc.deaf, err, tc.deaf > 0)
		}
		for at, ok := b.net.Due(); ok; at, ok = b.net.Due() {
			b.set(at)
			if err := b.net.Attend(t.Context()); err != nil && !errors.Is(err, errDeaf) {
				t.Errorf("Attend = %v, want Deliver's error or none", err)
			}
		}
		got := b.last(thandi)
		if got.Status != tc.want || (got.Failure != "") != (tc.want == message.Failed) || got.Ended.Sub(begin) != tc.took {
			t.Errorf("nobody takes it %d times: %s (%q) after %s, want %s after %s", tc.deaf, got.Status, got.Failure, got.Ended.Sub(begin), tc.want, tc.took)
		}
		if got, want := b.net.Counts().Webhooks, min(tc.deaf+1, 20); got != want {
			t.Errorf("nobody takes it %d times: %d webhooks, want %d", tc.deaf, got, want)
		}
	}
}

// A message that has come isn't undone by a copy that nobody took.
func TestCopiesUndoNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{}) // for its clock
	calls := 0
	n := simulator.New(simulator.Options{Now: b.clock, Chaos: simulator.Chaos{Duplicate: 1}, Deliver: func(context.Context, channels.Received) error {
		if calls++; calls > 1 {
			return errDeaf
		}
		return nil
	}})
	if err := n.Type(t.Context(), thandi, "hello"); !errors.Is(err, errDeaf) {
		t.Errorf("Type = %v, want what Deliver said of a copy", err)
	}
	for at, ok := n.Due(); ok; at, ok = n.Due() {
		b.set(at)
		_ = n.Attend(t.Context()) // Deliver's error, each time
	}
	if got := n.Thread(thandi)[0]; got.Status != message.Delivered || got.Failure != "" || calls < 21 {
		t.Errorf("after %d calls the message is %s (%q), want it delivered", calls, got.Status, got.Failure)
	}
}

// Delay keeps the order, Reorder doesn't.
func TestOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		chaos simulator.Chaos
		late  bool
		same  bool
	}{
		"behaves": {simulator.Chaos{}, false, true},
		"delay":   {simulator.Chaos{Delay: time.Minute}, true, true},
		"reorder": {simulator.Chaos{Reorder: 0.5}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulator.Options{Chaos: tc.chaos, Seed: 1})
			var want []string
			for i := range 30 {
				b.types(thandi, word(i))
				want = append(want, "in "+word(i))
			}
			if late := len(b.told()) < 30; late != tc.late {
				t.Errorf("%d of 30 came at once, want all: %v", len(b.told()), !tc.late)
			}
			b.settle()
			got := b.told()
			if slices.Equal(got, want) != tc.same {
				t.Errorf("told %q, want the order kept: %v", got, tc.same)
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what came in the end (-want +got):\n%s", diff)
			}
		})
	}
}

// A provider takes so many a second, and says when to come again.
func TestRate(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{Rate: 2})
	sms := b.net.Channel("sms")
	taken := func() (n int, wait time.Duration) {
		for i := range 100 {
			_, err := sms.Send(t.Context(), outbound(thandi, word(i), "hello"))
			var throttled channels.Throttled
			if errors.As(err, &throttled) {
				return n, throttled.After
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n, 0
	}
	for _, tc := range []struct {
		after time.Duration
		want  int
	}{{0, 3}, {0, 0}, {500 * time.Millisecond, 1}, {time.Second, 2}, {time.Hour, 3}} {
		b.later(tc.after)
		if got, wait := taken(); got != tc.want || wait != 500*time.Millisecond {
			t.Errorf("%s later %d are taken, then to wait %s, want %d and 500ms", tc.after, got, wait, tc.want)
		}
	}
	b.types(whatsapp, "hello")
	b.send(outbound(whatsapp, "effect1", "the other provider has a rate of its own"))
}

// What may be among bubbles that are no longer kept isn't said to be nowhere.
func TestFindInALongThread(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{Keep: 3})
	finder := b.net.Channel("sms").(channels.Finder)
	m := outbound(thandi, "effect1", "find me")
	m.Since = begin
	id := b.send(m)
	for i := range 3 {
		if got, err := finder.Find(t.Context(), m, nil); got != id || err != nil {
			t.Errorf("Find after %d more = %q, %v, want %q", i, got, err, id)
		}
		b.later(time.Hour)
		b.send(outbound(thandi, word(i), "another"))
	}
	if got, err := finder.Find(t.Context(), m, nil); err == nil {
		t.Errorf("Find among what is no longer kept = %q, no error, want one", got)
	}
	m.Since = begin.Add(2 * time.Hour)
	if got, err := finder.Find(t.Context(), m, nil); got != "" || err != nil {
		t.Errorf("Find since a time of which all is kept = %q, %v, want nothing", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := finder.Find(ctx, m, nil); err == nil {
		t.Errorf("Find with an ended context = %q, no error, want one", got)
	}
}

// Only Twilio can be asked; there is no third provider.
func TestChannels(t *testing.T) {
	t.Parallel()
	n := simulator.New(simulator.Options{})
	for name, want := range map[string][2]bool{"sms": {true, true}, "whatsapp": {true, false}, "email": {false, false}, "": {false, false}} {
		c := n.Channel(name)
		_, finds := c.(channels.Finder)
		if c != nil != want[0] || finds != want[1] {
			t.Errorf("Channel(%q) = %v, a Finder: %v, want one: %v, a Finder: %v", name, c, finds, want[0], want[1])
		}
	}
}
