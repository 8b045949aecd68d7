package bot_test

import (
	"strings"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// jammed is a library in which nothing can be stepped that a workflow is asked about: a fault of ours.
func (b *bench) jammed() *fsm.Library {
	jam := []*fsm.Expr{nil}
	l := fsm.NewLibrary()
	for name, w := range b.lib.All() {
		states := make(map[string]*fsm.State)
		for state, is := range w.States {
			states[state] = &fsm.State{Name: state, Kind: is.Kind, Say: is.Say, Options: []*fsm.Option{{ID: "continue", When: jam}}}
		}
		l.Add(&fsm.Workflow{
			Name: name, Hash: w.Hash, Trigger: fsm.Trigger{Event: w.Trigger.Event, When: jam}, Start: w.Start, States: states, Texts: w.Texts,
			Whenever: []fsm.Whenever{{Event: "psp.paid", When: jam}},
		})
	}
	return l
}

// letter is the only one there is.
func (b *bench) letter() store.StoredLetter {
	b.t.Helper()
	all, err := b.store.Letters(b.ctx())
	if err != nil || len(all) != 1 {
		b.t.Fatalf("%d letters, %v, want one", len(all), err)
	}
	return all[0]
}

func (b *bench) noLetters() {
	b.t.Helper()
	if all, err := b.store.Letters(b.ctx()); err != nil || len(all) != 0 {
		b.t.Errorf("%d letters, %v, want none: %+v", len(all), err, all)
	}
}

// clerk retries letters, as the command does beside serve.
func (b *bench) clerk(with func(*bot.Options)) *bot.Bot {
	b.t.Helper()
	return b.other(func(o *bot.Options) {
		o.CommitOnly = true
		if with != nil {
			with(o)
		}
	})
}

// stepped counts the entries of an event that aren't its being set aside.
func (b *bench) stepped(o bot.Opened, event string) (n int) {
	b.t.Helper()
	for _, e := range b.journal(o) {
		if e.Entry.Event.ID == event && !strings.HasPrefix(strings.Join(e.Entry.Because, ""), "quarantined") {
			n++
		}
	}
	return n
}

// poisons brings an event of each kind to a bot that can't step it, and says where it belongs and what is to be seen once it
// is stepped.
var poisons = map[string]func(*bench, customer) (o bot.Opened, done func() bool){
	"received": func(b *bench, c customer) (bot.Opened, func() bool) {
		o := b.open(c)
		if status := b.webhookAt(b.broken(), b.inbound(c, "1")); status != 200 {
			b.t.Fatalf("webhook answered %d, want 200: the event is kept", status)
		}
		return o, func() bool { return strings.Contains(b.last(c), "day and month of birth") }
	},
	"opened": func(b *bench, c customer) (bot.Opened, func() bool) {
		seed(b, c)
		if _, err := b.broken().Open(b.ctx(), request(c)); err == nil {
			b.t.Fatal("whoever opened it was told that it is open")
		}
		l, err := b.store.LoadAddress(b.ctx(), message.Address("sms:"+c.number))
		if err != nil {
			b.t.Fatal(err)
		}
		o := bot.Opened{Conversation: l.Conversation.ID, Case: b.store.CaseID("core", request(c).ID)}
		return o, func() bool { d := b.document(o).Conversation; return d.Case(o.Case) != nil && b.last(c) != "" }
	},
	"reported": func(b *bench, c customer) (bot.Opened, func() bool) {
		o := b.open(c)
		event := fsm.Event{ID: "report/psp.paid/1", Mark: b.store.Mark("report/psp.paid/1"), Reported: &fsm.SystemReported{
			Case: o.Case, Event: "psp.paid", Facts: map[string]string{"amount": "1250.00", "reference": "R"},
		}}
		if err := b.broken().Handle(b.ctx(), o.Conversation, event); err == nil {
			b.t.Fatal("the system was told that its news is taken in")
		}
		return o, func() bool { return b.view(o).Outcome != "" }
	},
}

// broken is a process whose release can't step anything.
func (b *bench) broken() *bot.Bot {
	b.t.Helper()
	l := b.jammed()
	for _, w := range l.All() { // it takes requests as the others do
		w.Facts = b.lib.Named(w.Name).Facts
	}
	return b.other(func(o *bot.Options) { o.Library = l })
}
