package channelstest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// patience is how long a channel may take to notice that its context has ended.
const patience = 10 * time.Second

func sending() []check {
	all := []check{
		{"accepted", accepted},
		{"choices", choices},
		{"capabilities", capabilities},
		{"order", order},
		{"validity", validity},
		{"ended context", ended},
		{"context ends", ends},
		{"find", find},
	}
	for _, want := range []struct {
		trouble Trouble
		err     error // nil: channels.Throttled
	}{
		{OptedOut, channels.ErrOptedOut},
		{OutsideWindow, channels.ErrOutsideWindow},
		{Unreachable, channels.ErrUnreachable},
		{Refused, channels.ErrRejected},
		{Stopped, channels.ErrStopped},
		{Busy, nil},
		{Away, nil},
		{HangUp, channels.ErrUnknown},
		{LostAnswer, channels.ErrUnknown},
		{Broken, channels.ErrUnknown},
		{Garbled, channels.ErrUnknown},
	} {
		all = append(all, check{string(want.trouble), func(t reporter, h Harness) { trouble(t, h, want.trouble, want.err) }})
	}
	return all
}

// outbound is a message with nothing unusual in it.
func outbound(h Harness, key string) message.Outbound {
	return message.Outbound{
		Key: key, Conversation: "p07." + key, To: h.Customer(), Message: message.Message{Text: "Your reference is ZEBRA-" + key},
		Validity: time.Hour, Since: time.Now(),
	}
}

func accepted(t reporter, h Harness) {
	m := outbound(h, "effect1")
	id, err := h.Channel().Send(t.Context(), m)
	if err != nil || id == "" {
		t.Fatalf("Send = %q, %v, want an ID and no error", id, err)
	}
	want := []Taken{{ID: id, To: m.To, Text: m.Message.Text}}
	got := h.Taken()
	for i := range got {
		got[i].Validity = 0
		got[i].Choices = nil
	}
	if !slices.EqualFunc(got, want, func(a, b Taken) bool { return reflect.DeepEqual(a, b) }) {
		t.Errorf("the provider has taken %+v, want %+v", got, want)
	}
	atMostOnce(t, h)
}

// choices are shown, each where the capabilities say; that the tapped one comes back is among what is received.
func choices(t reporter, h Harness) {
	m := outbound(h, "effect1")
	m.Message.Choices = []message.Choice{{ID: "pay-1", Label: "Pay now"}, {ID: "plan-2", Label: "Pay over time"}}
	shown, err := message.Render(m.Message, h.Channel().Capabilities())
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	if _, err := h.Channel().Send(t.Context(), m); err != nil {
		t.Fatalf("Send: %v", err)
	}
	got := h.Taken()
	if len(got) != 1 {
		t.Fatalf("the provider has taken %d messages, want 1", len(got))
	}
	if got[0].Text != shown.Text {
		t.Errorf("the text is %q, want it as rendered: %q", got[0].Text, shown.Text)
	}
	if want := []string{"pay-1", "plan-2"}; shown.Form != message.FormNumbered && !slices.Equal(got[0].Choices, want) {
		t.Errorf("the choices are %q, want %q, as %s", got[0].Choices, want, shown.Form)
	}
}

func capabilities(t reporter, h Harness) {
	before := h.Channel().Capabilities()
	if before.Channel != h.Customer().Channel() {
		t.Errorf("Capabilities().Channel = %q, want the customer's kind, %q", before.Channel, h.Customer().Channel())
	}
	if before.Text <= 0 {
		t.Errorf("Capabilities().Text = %d, want what a text may hold", before.Text)
	}
	_, err := h.Channel().Send(t.Context(), outbound(h, "effect1"))
	if after := h.Channel().Capabilities(); after != before {
		t.Errorf("after Send (%v) the capabilities are %+v, want them as before: %+v", err, after, before)
	}
}

func order(t reporter, h Harness) {
	var want []message.ID
	for _, key := range []string{"effect1", "effect2", "effect3"} {
		id, err := h.Channel().Send(t.Context(), outbound(h, key))
		if err != nil {
			t.Fatalf("Send %s: %v", key, err)
		}
		if slices.Contains(want, id) {
			t.Errorf("Send %s = %q, which is another message's ID", key, id)
		}
		want = append(want, id)
	}
	var got []message.ID
	for _, taken := range h.Taken() {
		got = append(got, taken.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the provider has taken %v, want %v: in the order of the sends", got, want)
	}
}

// validity is never longer than asked for: a message mustn't arrive outside its permitted window.
func validity(t reporter, h Harness) {
	m := outbound(h, "effect1")
	m.Validity = 90*time.Second + 700*time.Millisecond
	if _, err := h.Channel().Send(t.Context(), m); err != nil {
		t.Fatalf("Send: %v", err)
	}
	switch got := h.Taken()[0].Validity; {
	case got == 0:
		t.Skipf("this provider knows no validity")
	case got > m.Validity:
		t.Errorf("the validity is %s, want at most %s", got, m.Validity)
	}
}

// trouble makes one send go wrong and looks at the error's name, its text, and what arrived.
func trouble(t reporter, h Harness, what Trouble, want error) {
	troubled, ok := h.(Troubled)
	if !ok || !troubled.Trouble(what) {
		t.Skipf("this provider can't: %s", what)
	}
	m := outbound(h, "effect1")
	id, err := h.Channel().Send(t.Context(), m)
	if err == nil || id != "" {
		t.Fatalf("when %s: Send = %q, %v, want an error and no ID", what, id, err)
	}
	if got := names(err); len(got) != 1 || want != nil && got[0] != want.Error() || want == nil && got[0] != throttled {
		t.Errorf("when %s: the error is %v, known as %q, want only %v (nil: Throttled)", what, err, got, want)
	}
	discreet(t, err, m)
	if what == Away && troubled.Requests() != 0 {
		t.Errorf("%d requests have arrived without a connection: the harness is wrong", troubled.Requests())
	}
	atMostOnce(t, h)
}

const throttled = "throttled"

// names are the named errors that err is. Send's error must have exactly one, or its caller can't know what to do.
func names(err error) []string {
	var out []string
	for _, named := range []error{
		channels.ErrOptedOut, channels.ErrOutsideWindow, channels.ErrUnreachable, channels.ErrRejected, channels.ErrStopped, channels.ErrUnknown,
	} {
		if errors.Is(err, named) {
			out = append(out, named.Error())
		}
	}
	if t := (channels.Throttled{}); errors.As(err, &t) {
		out = append(out, throttled)
	}
	return out
}

// discreet fails where an error names the customer or repeats the text: errors end in logs.
func discreet(t reporter, err error, m message.Outbound) {
	t.Helper()
	for _, secret := range []string{m.To.Value(), strings.TrimPrefix(m.To.Value(), "+"), m.Message.Text} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds the address or the text: %s", strings.ReplaceAll(err.Error(), secret, "[here]"))
		}
	}
}

// atMostOnce fails where one Send was more than one request.
func atMostOnce(t reporter, h Harness) {
	t.Helper()
	if n := len(h.Taken()); n > 1 {
		t.Errorf("one Send, and the provider has taken %d messages", n)
	}
	if troubled, ok := h.(Troubled); ok && troubled.Requests() > 1 {
		t.Errorf("one Send made %d requests", troubled.Requests())
	}
}

func ended(t reporter, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := outbound(h, "effect1")
	id, err := h.Channel().Send(ctx, m)
	if err == nil || len(names(err)) != 1 {
		t.Fatalf("with an ended context: Send = %q, %v, want a named error", id, err)
	}
	if n := len(h.Taken()); n != 0 {
		t.Errorf("with an ended context the provider has taken %d messages, want none", n)
	}
	discreet(t, err, m)
}

// ends checks that Send returns when its context ends while the provider says nothing.
func ends(t reporter, h Harness) {
	troubled, ok := h.(Troubled)
	if !ok || !troubled.Trouble(Silent) {
		t.Skipf("this provider always answers")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := outbound(h, "effect1")
	sent := make(chan error, 1)
	go func() {
		_, err := h.Channel().Send(ctx, m)
		sent <- err
	}()
	arrive, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if err := troubled.Arrived(arrive); err != nil {
		t.Fatalf("the send has not reached the provider: %v", err)
	}
	cancel()
	select {
	case err := <-sent:
		if !errors.Is(err, channels.ErrUnknown) || len(names(err)) != 1 {
			t.Errorf("a send cut off by its context = %v, want ErrUnknown", err)
		} else {
			discreet(t, err, m)
		}
	case <-time.After(patience):
		t.Fatalf("Send goes on %s after its context ended", patience)
	}
	atMostOnce(t, h)
}

// find looks up sends whose answer was lost.
func find(t reporter, h Harness) {
	finder, ok := h.Channel().(channels.Finder)
	troubled, can := h.(Troubled)
	if !ok || !can {
		t.Skipf("this channel can't look up sends")
	}
	m := outbound(h, "effect1")
	if id, err := finder.Find(t.Context(), m, nil); err != nil || id != "" {
		t.Errorf("Find before the send = %q, %v, want nothing", id, err)
	}
	if !troubled.Trouble(LostAnswer) {
		t.Skipf("this provider loses no answers")
	}
	if _, err := h.Channel().Send(t.Context(), m); !errors.Is(err, channels.ErrUnknown) {
		t.Fatalf("Send with its answer lost = %v, want ErrUnknown", err)
	}
	want := h.Taken()[0].ID
	if id, err := finder.Find(t.Context(), m, nil); err != nil || id != want {
		t.Errorf("Find = %q, %v, want %q", id, err, want)
	}
	if id, err := finder.Find(t.Context(), m, []message.ID{want}); err != nil || id != "" {
		t.Errorf("Find, leaving out the only one = %q, %v, want nothing", id, err)
	}
	other := outbound(h, "effect2")
	if id, err := finder.Find(t.Context(), other, nil); err != nil || id != "" {
		t.Errorf("Find of another text = %q, %v, want nothing", id, err)
	}
	later := m
	later.Since = m.Since.Add(48 * time.Hour)
	if id, err := finder.Find(t.Context(), later, nil); err != nil || id != "" {
		t.Errorf("Find of a send first tried two days later = %q, %v, want nothing", id, err)
	}
}
