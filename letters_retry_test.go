package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// undelivered keeps a letter of a message as a release that couldn't step it would have.
func (p *premises) undelivered(from, id, text string) (letter string) {
	p.t.Helper()
	st, done, err := openStore(sharing(context.Background()), p.config(), zerolog.New(p.log))
	if err != nil {
		p.t.Fatal(err)
	}
	defer done()
	l, err := st.LoadAddress(p.t.Context(), message.Address("sms:"+from))
	if err != nil {
		p.t.Fatal(err)
	}
	e := fsm.Event{ID: id, Mark: st.Mark(id), At: l.Now, Received: &fsm.MessageReceived{From: message.Address("sms:" + from), Text: text}}
	if err := st.PutLetter(p.t.Context(), l.Conversation.ID, fsm.Letter{Event: e, Reason: `step event "` + id + `": broken`, Unstepped: true}); err != nil {
		p.t.Fatal(err)
	}
	all, err := st.Letters(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, s := range all {
		if s.Letter.Event.ID == id {
			return s.ID
		}
	}
	p.t.Fatalf("letter of %s isn't there", id)
	return ""
}

// Letters from the command line, beside a running serve: counted, retried by one and all at once, dropped.
func TestLettersCommand(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	p.serve()
	p.says(customer, "hello")
	p.hears(1)
	one := p.undelivered(customer, "twilio/SM1", "hello")
	other := p.undelivered(customer, "twilio/SM2", "[answer]")
	if got := p.run(exitFine, "letters", "list"); !strings.Contains(got, "\n2        broken\n") {
		t.Errorf("letters list prints\n%s\nwant both counted under one reason", got)
	}
	if got := p.run(exitFine, "letters", "retry", one); got != one+": committed\n" {
		t.Errorf("retry prints %q", got)
	}
	if heard := p.hears(2); heard == "" {
		t.Error("serve said nothing to what was retried")
	}
	for _, step := range []struct {
		code int
		args []string
		want string
	}{
		{exitFailed, []string{"retry", one}, "there is none"},
		{exitFailed, []string{"retry", other[:12]}, "did you mean " + other + "?"},
		{exitFailed, []string{"drop", other[:len(other)-1] + "x"}, "did you mean " + other + "?"},
		{exitFailed, []string{"retry", other}, "the customer must write again"},
		{exitFine, []string{"retry", "--all", "--reason", "no such thing"}, ""},
		{exitFailed, []string{"retry", "--all"}, "1 of 1 letter stay"},
		{exitUsage, []string{"retry"}, "name one letter, or say --all"},
		{exitUsage, []string{"retry", other, "--all"}, "name one letter, or say --all"},
		{exitUsage, []string{"retry", other, "--reason", "x"}, "--reason chooses among --all"},
		{exitFine, []string{"drop", other}, ""},
	} {
		if got := p.run(step.code, append([]string{"letters"}, step.args...)...); !strings.Contains(got, step.want) {
			t.Errorf("settle letters %v prints\n%s\nwant %q", step.args, got, step.want)
		}
	}
	two := p.undelivered(customer, "twilio/SM3", "hello")
	var row struct{ ID, Result string }
	if err := json.Unmarshal([]byte(p.run(exitFine, "letters", "retry", "--all", "--json")), &row); err != nil || row.ID != two || row.Result != "committed" {
		t.Errorf("retry --all --json = %+v, %v, want %s committed", row, err, two)
	}
	if got := p.run(exitFine, "letters", "list"); strings.Count(got, "\n") != 1 {
		t.Errorf("letters list prints\n%s\nwant none", got)
	}
}
