package simulator_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// What a customer types or taps comes as the real providers tell it.
func TestCustomerIsHeard(t *testing.T) {
	t.Parallel()
	choices := []message.Choice{{ID: "pay", Label: "Pay now"}, {ID: "plan", Label: "Pay over time"}}
	many := slices.Clone(choices)
	for _, id := range []string{"a", "b", "c"} {
		many = append(many, message.Choice{ID: id, Label: "Option " + id, Description: "more about it"})
	}
	long := strings.Repeat("é", message.MaxInbound)
	for name, tc := range map[string]struct {
		from    message.Address
		choices []message.Choice
		types   string
		tap     string
		want    message.Inbound
		form    string // of what was tapped
	}{
		"an SMS":         {from: thandi, types: "I can't pay 🙏", want: message.Inbound{From: thandi, To: "+15017122661", Text: "I can't pay 🙏"}},
		"broken bytes":   {from: thandi, types: "a\xffb", want: message.Inbound{From: thandi, To: "+15017122661", Text: "a\uFFFDb"}},
		"a long one":     {from: thandi, types: long + "x", want: message.Inbound{From: thandi, To: "+15017122661", Text: long, Clipped: true}},
		"WhatsApp":       {from: whatsapp, types: "hello", want: message.Inbound{From: whatsapp, To: "+14155238886", Text: "hello", At: begin}},
		"a user ID":      {from: "whatsapp-user:ZA.134912", types: "hello", want: message.Inbound{From: "whatsapp-user:ZA.134912", To: "+14155238886", Text: "hello", At: begin}},
		"a button":       {from: whatsapp, choices: choices, tap: "plan", form: message.FormButtons, want: message.Inbound{From: whatsapp, To: "+14155238886", Text: "Pay over time", Choice: "plan", At: begin}},
		"a row":          {from: whatsapp, choices: many, tap: "c", form: message.FormList, want: message.Inbound{From: whatsapp, To: "+14155238886", Text: "Option c", Choice: "c", At: begin}},
		"a numbered one": {from: thandi, choices: choices, tap: "plan", form: message.FormNumbered, want: message.Inbound{From: thandi, To: "+15017122661", Text: "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulator.Options{})
			if tc.tap == "" {
				b.types(tc.from, tc.types)
			} else {
				b.tapped(tc.from, tc.choices, tc.tap, tc.form)
			}
			in := b.heard()
			said := b.last(tc.from)
			tc.want.ID = "simulator/" + string(said.ID)
			if diff := cmp.Diff(tc.want, in); diff != "" {
				t.Errorf("inbound (-want +got):\n%s", diff)
			}
			if said.Text != tc.want.Text || said.From != simulator.Customer || said.Status != message.Delivered || said.Choice != tc.want.Choice {
				t.Errorf("bubble = %+v, want what was said, delivered", said)
			}
		})
	}
}

// tapped sends choices and taps one of them, with another bubble between: a stale tap is as good as any.
func (b *bench) tapped(who message.Address, choices []message.Choice, tap, form string) {
	b.t.Helper()
	b.types(who, "hello")
	m := outbound(who, "effect1", "What now?")
	m.Message.Choices = choices
	b.send(m)
	b.attend()
	shown := b.last(who)
	if shown.Form != form {
		b.t.Fatalf("form = %q, want %q", shown.Form, form)
	}
	b.send(outbound(who, "effect2", "Still there?"))
	b.attend()
	if err := b.net.Tap(b.t.Context(), who, shown.N, tap); err != nil {
		b.t.Fatalf("Tap: %v", err)
	}
}

func TestCustomerCannot(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{Keep: 2, Delays: simulator.Delays{Delivered: time.Minute}})
	for _, tc := range []struct {
		from message.Address
		text string
		want string
	}{
		{"email:a@example.com", "hello", "no telephone here"},
		{"sms:0123", "hello", "not an address"},
		{"", "hello", "not an address"},
		{thandi, " \n", "nothing in it"},
	} {
		if err := b.net.Type(t.Context(), tc.from, tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Type(%s, %q) = %v, want an error that says %q", tc.from, tc.text, err, tc.want)
		}
	}
	m := outbound(thandi, "effect1", "What now?")
	m.Message.Choices = []message.Choice{{ID: "pay", Label: "Pay"}}
	b.send(m)
	tap := func(what string, bubble int, choice string) {
		t.Helper()
		if err := b.net.Tap(t.Context(), thandi, bubble, choice); !errors.Is(err, simulator.ErrNotShown) {
			t.Errorf("tap %s = %v, want ErrNotShown", what, err)
		}
	}
	tap("what is still on its way", 1, "pay")
	b.later(2 * time.Minute)
	tap("a choice that isn't there", 1, "plan")
	tap("a bubble that isn't there", 2, "pay")
	tap("bubble 0", 0, "pay")
	if err := b.net.Tap(t.Context(), thandi, 1, "pay"); err != nil {
		t.Errorf("tap what is shown = %v, want no error", err)
	}
	b.types(thandi, "one more")
	tap("what is no longer kept", 1, "pay")
	if got := b.net.Thread("sms:+447700900099"); got != nil {
		t.Errorf("Thread of nobody = %v, want none", got)
	}
}

// The provider learns STOP on SMS, as a whole message, and START undoes it.
func TestOptOut(t *testing.T) {
	t.Parallel()
	for _, advanced := range []bool{false, true} {
		b := newBench(t, simulator.Options{AdvancedOptOut: advanced})
		for _, step := range []struct {
			text     string
			optout   string // what the webhook says, in the advanced form
			answered bool
			leaves   bool
		}{
			{"please stop that", "", false, false},
			{"YES", "", false, false},
			{" Stop ", "STOP", true, true},
			{"stop", "", false, true},
			{"hello", "", false, true},
			{"Help", "HELP", advanced, true},
			{"unstop", "START", true, false},
		} {
			before := len(b.net.Thread(thandi))
			b.types(thandi, step.text)
			want := ""
			if advanced {
				want = step.optout
			}
			if got := b.heard().Optout; got != want {
				t.Errorf("advanced %v: after %q the webhook's optout = %q, want %q", advanced, step.text, got, want)
			}
			if got := len(b.net.Thread(thandi)) - before - 1; got != map[bool]int{true: 1}[step.answered] {
				t.Errorf("advanced %v: after %q the provider has answered %d times, want %v", advanced, step.text, got, step.answered)
			}
			_, err := b.net.Channel("sms").Send(t.Context(), outbound(thandi, "effect1", "hello"))
			if got := errors.Is(err, channels.ErrOptedOut); got != step.leaves || err != nil && !got {
				t.Errorf("advanced %v: after %q Send = %v, want ErrOptedOut: %v", advanced, step.text, err, step.leaves)
			}
		}
	}
	b := newBench(t, simulator.Options{AdvancedOptOut: true})
	b.types(whatsapp, "stop")
	b.send(outbound(whatsapp, "effect1", "hello")) // WhatsApp knows no such word: the bot does
}

// WhatsApp takes free text for a day after the customer last wrote, and an approved template at any time.
func TestWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{})
	closed := func(when string, want bool) {
		t.Helper()
		_, err := b.net.Channel("whatsapp").Send(t.Context(), outbound(whatsapp, "effect1", "hello"))
		if got := errors.Is(err, channels.ErrOutsideWindow); got != want || err != nil && !got {
			t.Errorf("%s: Send = %v, want ErrOutsideWindow: %v", when, err, want)
		}
	}
	closed("before the customer has written", true)
	b.types(whatsapp, "hello")
	closed("at once", false)
	b.later(24*time.Hour - time.Second)
	closed("a second before the day is over", false)
	b.later(time.Second)
	closed("after a day", true)
	m := outbound(whatsapp, "effect2", "hello")
	m.Message.Template = "reminder"
	b.send(m)
	if got := b.last(whatsapp).Template; got != "reminder" {
		t.Errorf("the bubble's template = %q, want reminder", got)
	}
	b.send(outbound(thandi, "effect3", "an SMS needs no window"))
}
