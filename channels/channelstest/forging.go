package channelstest

import (
	"errors"
	"reflect"
	"strings"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

func forgedInbound(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	forgeries(t, hooks, receiver, func(by Signer) (Call, bool) {
		return hooks.Say(message.Inbound{From: h.Customer(), Text: "Pay 100.00 now"}, by)
	})
}

func forgedReceipt(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	if _, err := h.Channel().Send(t.Context(), outbound(h, "effect1")); err != nil {
		t.Fatalf("Send: %v", err)
	}
	taken := h.Taken()[0]
	if _, ok := hooks.News(taken, message.Delivered, Provider); !ok {
		t.Skipf("this provider sends no receipts")
	}
	forgeries(t, hooks, receiver, func(by Signer) (Call, bool) { return hooks.News(taken, message.Delivered, by) })
}

// forgeries makes a call, sees it believed, and spoils it in every way that a signature must notice.
func forgeries(t reporter, hooks Webhooks, receiver channels.Receiver, call func(Signer) (Call, bool)) {
	t.Helper()
	honest, ok := call(Provider)
	if !ok {
		t.Fatalf("the harness can't make this call")
	}
	header := hooks.SignatureHeader()
	if honest.Header.Get(header) == "" {
		t.Fatalf("the harness does not sign with %s", header)
	}
	if _, err := receive(t, receiver, honest.clone()); err != nil {
		t.Fatalf("Receive of the honest call = %v, want it believed", err)
	}
	refused := func(name string, c Call) {
		t.Helper()
		got, err := receive(t, receiver, c)
		if !errors.Is(err, channels.ErrForged) || !reflect.DeepEqual(got, channels.Received{}) {
			t.Errorf("%s: Receive = %d messages, %d receipts, %v, want nothing and ErrForged", name, len(got.Inbound), len(got.Receipts), err)
		}
	}
	good := honest.Header.Get(header)
	spoil := func(name string, how func(c *Call)) {
		t.Helper()
		c := honest.clone()
		how(&c)
		refused(name, c)
	}
	if c, ok := call(Stranger); ok {
		refused("another secret", c)
		spoil("two headers, the second good", func(c2 *Call) { c2.Header[header] = []string{c.Header.Get(header), good} })
		spoil("two headers, the first good", func(c2 *Call) { c2.Header[header] = []string{good, c.Header.Get(header)} })
	} else {
		t.Errorf("the harness has no stranger to sign")
	}
	spoil("the same header twice", func(c *Call) { c.Header[header] = []string{good, good} })
	spoil("no header", func(c *Call) { c.Header.Del(header) })
	spoil("an empty header", func(c *Call) { c.Header.Set(header, "") })
	spoil("a header cut short", func(c *Call) { c.Header.Set(header, good[:len(good)-2]) })
	spoil("a header with more behind it", func(c *Call) { c.Header.Set(header, good+"=") })
	if c, ok := call(Elsewhere); ok {
		refused("signed for another host", c)
		spoil("another query", func(c *Call) { c.Target += separator(c.Target) + "k=other" })
		spoil("another path", func(c *Call) { c.Target = "/other" + c.Target })
	}
	for i := 0; i < len(honest.Body); i += max(1, len(honest.Body)/40) {
		spoil("a changed byte in the body", func(c *Call) { c.Body[i] ^= 1 })
	}
	if len(honest.Body) > 0 {
		spoil("half the body", func(c *Call) { c.Body = c.Body[:len(c.Body)/2] })
		spoil("a longer body", func(c *Call) { c.Body = append(c.Body, "&Body=9"...) })
		spoil("no body", func(c *Call) { c.Body = nil })
	}
}

func separator(target string) string {
	if strings.Contains(target, "?") {
		return "&"
	}
	return "?"
}

// host checks that where a request says it was sent counts for nothing: only the configured public URL does.
func host(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	in := message.Inbound{From: h.Customer(), Text: "1"}
	const evil = "elsewhere.example"
	claim := func(c Call) (channels.Received, error) {
		r := c.request()
		r.Host, r.URL.Host = evil, evil
		r.Header.Set("X-Forwarded-Host", evil)
		r.Header.Set("X-Original-Host", evil)
		r.Header.Set("Forwarded", "host="+evil+";proto=https")
		r.Header.Set("X-Forwarded-Proto", "http")
		return receiver.Receive(r, c.Body)
	}
	honest, ok := hooks.Say(in, Provider)
	if !ok {
		t.Fatalf("the harness can't say 1")
	}
	if _, err := claim(honest); err != nil {
		t.Errorf("an honest call through a proxy that renames the host = %v, want it believed", err)
	}
	if c, ok := hooks.Say(in, Elsewhere); ok {
		if _, err := claim(c); !errors.Is(err, channels.ErrForged) {
			t.Errorf("a call signed for %s that says it was sent there = %v, want ErrForged", evil, err)
		}
	}
}
