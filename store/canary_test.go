package store_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// Whatever the store writes, on any path, no plain text of a customer's reaches Redis, its files or its traffic.
func TestCanaryIsNowhereInRedis(t *testing.T) {
	t.Parallel()
	const canary = "Zz-CANARY"
	b := onRedis(t)
	traffic := b.monitor(t)
	ctx := t.Context()
	a := func(name string) message.Address { return message.Address("email:" + name + canary + "@example.com") }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.a.Create(ctx, a("1"), a("2"), store.Customer(canary))
	must(err)
	id := l.Conversation.ID
	e := send(fsm.EffectID(id, canary, 0), l.Now)
	e.Send.Message.Text = canary
	c := next(l, canary, func(c *fsm.Conversation) {
		c.Contact.Zone = canary
		c.Effects = []fsm.Effect{e}
		c.Handoff = &fsm.Handoff{Reason: canary, Queue: canary, At: l.Now}
		c.Timers = []fsm.Timer{{Name: canary, Due: l.Now.Add(time.Hour)}}
	})
	c.Transcript = []fsm.Line{{Text: canary}}
	c.Letters = []fsm.Letter{{Event: fsm.Event{ID: canary}, Reason: canary}}
	nonce := store.Nonce()
	committed(t, b.a, c, nonce, e)
	_, err = b.a.Alias(ctx, id, a("3"), store.Customer("2"+canary))
	must(err)
	_, err = b.a.LoadAddress(ctx, a("3"))
	must(err)
	must(b.a.Suppress(ctx, []message.Address{a("1")}, true))
	_, err = b.a.Gate(ctx, store.GateRequest{Conversation: id, Effect: e.ID, Nonce: nonce, Address: a("1"), Sender: canary, Rate: 1,
		Caps: []store.Cap{{Name: canary, Most: 1, Within: time.Hour}}})
	must(err)
	_, err = b.a.Receipt(ctx, id, e.ID, message.Delivered, "wamid."+canary)
	must(err)
	must(b.a.SentMessage(ctx, id, e.ID, canary))
	must(b.a.Unclaim(ctx, id, e.ID, nonce, time.Time{}))
	_, _, err = b.a.Claim(ctx, id, 1, e, nonce, hold)
	must(err)
	must(b.a.PutLetter(ctx, id, fsm.Letter{Event: fsm.Event{ID: "2" + canary}, Reason: canary}))
	_, err = b.a.PutCase(ctx, b.a.CaseID(canary, canary), id)
	must(err)
	must(b.a.PutBundle(ctx, "3f9a", []byte(canary)))
	_, err = b.a.Due(ctx, all(), 10)
	must(err)
	must(b.a.Reschedule(ctx, id))
	must(b.raw.Save(ctx).Err())
	must(b.raw.Set(ctx, "settle:end-of-test", "1", 0).Err())

	seen := traffic()
	if !bytes.Contains(seen, []byte(id)) {
		t.Fatal("MONITOR shows none of the traffic: the test sees nothing")
	}
	if bytes.Contains(seen, []byte(canary)) {
		at := bytes.Index(seen, []byte(canary))
		t.Errorf("the traffic shows the canary: ...%q", seen[max(0, at-200):at+20])
	}
	files := 0
	must(filepath.WalkDir(b.server.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(id)) {
			files++
		}
		if at := bytes.Index(data, []byte(canary)); at >= 0 {
			t.Errorf("%s shows the canary: ...%q", filepath.Base(path), data[max(0, at-200):at+20])
		}
		return err
	}))
	if files < 2 {
		t.Errorf("%d files hold the conversation, want AOF and RDB: the test sees too little", files)
	}
}

// monitor records the server's traffic; the returned function returns all of it, up to the write of settle:end-of-test.
func (b *bench) monitor(t *testing.T) func() []byte {
	t.Helper()
	conn, err := net.Dial("unix", strings.TrimPrefix(b.url, "unix://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("MONITOR\r\n")); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReaderSize(conn, 1<<20)
	if ok, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(ok, "+OK") {
		t.Fatalf("MONITOR = %q, %v", ok, err)
	}
	var wg sync.WaitGroup
	var seen bytes.Buffer
	wg.Go(func() {
		for {
			line, err := in.ReadString('\n')
			seen.WriteString(line)
			if err != nil || strings.Contains(line, "settle:end-of-test") {
				return
			}
		}
	})
	t.Cleanup(func() {
		_ = conn.Close()
		wg.Wait()
	})
	return func() []byte {
		wg.Wait()
		return seen.Bytes()
	}
}
