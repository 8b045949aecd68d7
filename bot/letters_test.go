package bot_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
)

// A letter's event is committed once, whenever the process that retries it dies; and its letter goes after that only.
func TestRetryCommitsOnce(t *testing.T) {
	t.Parallel()
	for kind, poison := range poisons {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			c := client(1)
			o, done := poison(b, c)
			l := b.letter()
			if done() || b.stepped(o, l.Letter.Event.ID) != 0 {
				t.Fatal("the event was stepped after all")
			}
			dies := b.clerk(func(o *bot.Options) {
				o.Point = func(name string) {
					if name == "before-drop" {
						runtime.Goexit()
					}
				}
			})
			died := make(chan struct{})
			go func() {
				defer close(died)
				_ = dies.Retry(b.ctx(), l)
			}()
			<-died
			if got := b.letter(); got.ID != l.ID {
				t.Errorf("letter %s is there, want %s: nobody has seen its commit", got.ID, l.ID)
			}
			b.settle() // serve, beside it, does what follows
			if !done() {
				b.explain(o)
				t.Errorf("nothing came of the event; the last message is %q", b.last(c))
			}
			heard := len(b.heard(c))
			for range 2 { // once more, and once more by somebody who still sees the letter
				if err := b.clerk(nil).Retry(b.ctx(), l); err != nil {
					t.Errorf("retried again: %v, want nil: it is committed", err)
				}
			}
			b.settle()
			b.noLetters()
			if n := b.stepped(o, l.Letter.Event.ID); n != 1 {
				t.Errorf("stepped %d times, want once", n)
			}
			if got := len(b.heard(c)); got != heard {
				t.Errorf("%d messages more, want none", got-heard)
			}
		})
	}
}

// An event that comes again by itself, once what was wrong is mended, is stepped; its letter's retry is the duplicate then.
func TestRetryOfWhatCameAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	hook := b.inbound(c, "1")
	for _, at := range []*bot.Bot{b.broken(), b.bot} {
		if status := b.webhookAt(at, hook); status != 200 {
			t.Fatalf("webhook answered %d, want 200", status)
		}
	}
	l := b.letter()
	if err := b.clerk(nil).Retry(b.ctx(), l); err != nil {
		t.Errorf("retry: %v, want nil: it was committed meanwhile", err)
	}
	b.noLetters()
	if n := b.stepped(o, l.Letter.Event.ID); n != 1 {
		t.Errorf("stepped %d times, want once", n)
	}
}

// What can't be stepped still changes nothing but the letter's reason, and the error quotes nobody.
func TestRetryFailsAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	o, _ := poisons["opened"](b, client(1))
	l := b.letter()
	before := b.document(o).Conversation.Version
	for name, tc := range map[string]struct {
		library *fsm.Library
		named   error
	}{"a fault": {library: b.jammed()}, "no workflow": {fsm.NewLibrary(), fsm.ErrNoWorkflow}} {
		err := b.clerk(func(o *bot.Options) { o.Library = tc.library }).Retry(b.ctx(), l)
		var unstepped *bot.Unstepped
		if !errors.As(err, &unstepped) || unstepped.Named() != tc.named || strings.Contains(err.Error(), l.Letter.Event.ID) {
			t.Errorf("%s: retry = %v, named %v, want it unstepped, named %v", name, err, unstepped.Named(), tc.named)
		}
		got := b.letter()
		if got.ID != l.ID || tc.named != nil && !strings.Contains(got.Letter.Reason, tc.named.Error()) || !got.Letter.Unstepped {
			t.Errorf("%s: letter %+v, want the same with the new reason", name, got)
		}
	}
	if after := b.document(o).Conversation.Version; after != before {
		t.Errorf("the conversation went from version %d to %d, want nothing committed", before, after)
	}
	// Another drops it when this one has read it, and is about to write the reason: it stays dropped.
	late := b.newBot(b.openStore(dropper{func() { _ = b.store.DropLetter(b.ctx(), l.ID) }}), func(o *bot.Options) { o.Library = b.jammed() })
	var unstepped *bot.Unstepped
	if err := late.Retry(b.ctx(), l); !errors.As(err, &unstepped) {
		t.Errorf("retry of one that goes meanwhile: %v, want it unstepped", err)
	}
	b.noLetters()
}

// dropper drops a letter once it was read.
type dropper struct{ drop func() }

func (d dropper) DialHook(next redis.DialHook) redis.DialHook { return next }
func (d dropper) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (d dropper) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if cmd.Name() == "hget" {
			d.drop()
		}
		return err
	}
}

// What stepping the event leaves for a person is another letter, and stays.
func TestRetryKeepsWhatItLeaves(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	poisons["received"](b, client(1))
	l := b.letter()
	hollow := b.clerk(func(o *bot.Options) { o.Library = b.hollow() }) // takes it in, and has no text to answer with: the case is stuck
	if err := hollow.Retry(b.ctx(), l); err != nil {
		t.Fatalf("retry: %v", err)
	}
	left := b.letter()
	if left.ID == l.ID || left.Letter.Unstepped {
		t.Fatalf("the letter there is %+v, want that of the fault, not the retried one", left)
	}
	var last *bot.Final
	if err := hollow.Retry(b.ctx(), left); !errors.As(err, &last) {
		t.Errorf("retry of what was committed: %v, want it final", err)
	}
}

// What mustn't be brought again isn't, and the letter stays.
func TestRetryRefuses(t *testing.T) {
	t.Parallel()
	at := tuesday
	for name, tc := range map[string]struct {
		event   fsm.Event
		stepped bool
		by      time.Duration // that passes before the retry
		low     time.Duration // after the event, up to when the conversation has forgotten what it saw
		says    string
	}{
		"a timer":                  {event: fsm.Event{Timer: &fsm.TimerDue{Timer: "x#1"}}, says: "settle handoffs"},
		"a result":                 {event: fsm.Event{Done: &fsm.EffectDone{Effect: "E", Attempt: 1}}, says: "settle handoffs"},
		"what a person did":        {event: fsm.Event{Agent: &fsm.AgentActed{Agent: "staff", Action: "reply", Text: "x"}}, says: "at the desk"},
		"an answer to a check":     {event: fsm.Event{Received: &fsm.MessageReceived{Text: "[answer]"}}, says: "must write again"},
		"an answer, with its hash": {event: fsm.Event{Received: &fsm.MessageReceived{Typed: &fsm.Typed{}}}, says: "must write again"},
		"what was stepped":         {event: fsm.Event{Reported: &fsm.SystemReported{}}, stepped: true, says: "was committed"},
		"an old message":           {event: fsm.Event{Received: &fsm.MessageReceived{Text: "1"}}, by: 25 * time.Hour, says: "more than a day"},
		"old news":                 {event: fsm.Event{Reported: &fsm.SystemReported{}}, by: 8 * 24 * time.Hour, says: "too old"},
		"forgotten news":           {event: fsm.Event{Reported: &fsm.SystemReported{}}, by: time.Hour, low: time.Minute, says: "too old"},
		"a message sent before what is forgotten": {
			event: fsm.Event{Received: &fsm.MessageReceived{Text: "1", Sent: at.Add(-time.Hour)}}, low: -time.Minute, says: "too old",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			o := b.open(client(1))
			tc.event.ID, tc.event.At = "x/1", b.document(o).Conversation.At
			tc.event.Mark = b.store.Mark(tc.event.ID)
			if tc.low != 0 {
				b.write(o, func(c *fsm.Conversation) { c.Seen.Low = tc.event.At.Add(tc.low) })
			}
			if err := b.store.PutLetter(b.ctx(), o.Conversation, fsm.Letter{Event: tc.event, Reason: "test", Unstepped: !tc.stepped}); err != nil {
				t.Fatal(err)
			}
			b.pass(tc.by)
			before := b.document(o).Conversation.Version
			var last *bot.Final
			if err := b.clerk(nil).Retry(b.ctx(), b.letter()); !errors.As(err, &last) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("retry = %v, want it refused: %q", err, tc.says)
			}
			if got := b.letter().Letter.Reason; got != "test" {
				t.Errorf("reason = %q, want the letter as it was", got)
			}
			if after := b.document(o).Conversation.Version; after != before {
				t.Errorf("version %d, was %d: something was committed", after, before)
			}
		})
	}
}

// A moved conversation's letters go where it has moved.
func TestRetryFollows(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o, _ := poisons["received"](b, c)
	l := b.letter()
	old, err := b.store.Create(b.ctx(), "sms:+447700900777")
	if err != nil {
		t.Fatal(err)
	}
	b.write(bot.Opened{Conversation: old.Conversation.ID}, func(d *fsm.Conversation) { d.Moved = o.Conversation })
	l.Conversation = old.Conversation.ID
	if err := b.clerk(nil).Retry(b.ctx(), l); err != nil {
		t.Fatalf("retry: %v", err)
	}
	b.settle()
	b.noLetters()
	if !slices.ContainsFunc(b.heard(c), func(s string) bool { return strings.Contains(s, "day and month of birth") }) {
		t.Errorf("heard %q, want the answer", b.heard(c))
	}
}
