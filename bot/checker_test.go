package bot_test

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
)

// check brings every case to its end, as the next process would, and says what was broken on the way.
func (p *crashes) check() (violations []string) {
	p.t.Helper()
	p.finish()
	add := func(format string, args ...any) { violations = append(violations, fmt.Sprintf(format, args...)) }
	taken, again := make(map[string]int), make(map[string]bool)
	promises := make(map[string]int)
	for _, row := range p.b.rows("promises") {
		promises[row["ref"]]++
	}
	for n, o := range p.opened {
		entries, err := p.b.store.ConversationJournal(p.b.ctx(), o.Conversation) // verifies its chain
		if err != nil {
			add("journal of customer %d: %v", n, err)
			continue
		}
		for _, e := range entries {
			if e.Entry.Event.Received != nil {
				taken[e.Entry.Event.ID]++
			}
			if d := e.Entry.Event.Done; d != nil && strings.Contains(strings.Join(e.Entry.Because, " "), "sent once more") {
				again[d.Effect] = true
			}
		}
		v := p.b.view(o)
		if v.Ended == nil || v.Outcome != "promised" {
			add("case of customer %d is in %q, outcome %q, exception %q: it didn't move on", n, v.State, v.Outcome, v.Exception)
		}
		if ref := fmt.Sprintf("A-%d", n); promises[ref] != 1 {
			add("customer %d has %d promises in the ledger, want 1", n, promises[ref])
		}
	}
	for id, n := range p.acked {
		if taken[id] != 1 {
			add("message %s of customer %d was acknowledged and taken %d times, want once", id, n, taken[id])
		}
	}
	sent := make(map[string]int)
	for _, m := range p.b.twilio.Messages() {
		u, err := url.Parse(m.StatusCallback)
		if err != nil {
			add("a callback URL that can't be read")
			continue
		}
		sent[u.Query().Encode()]++
		most := 1
		for _, key := range u.Query() {
			if again[key[0]] {
				most = 2
			}
		}
		if n := sent[u.Query().Encode()]; n > most {
			add("one effect was sent %d times, its journal allows %d: %q", n, most, m.Body)
		}
	}
	return violations
}

// finish lets time pass, and customers whose case isn't over go on answering.
func (p *crashes) finish() {
	p.b.bot = p.b.other(nil)
	for range 8 {
		p.b.later(40 * time.Second)
	}
	left := maps.Clone(p.opened)
	for range 10 { // all of them before time goes on: silence would end the last ones' cases
		maps.DeleteFunc(left, func(_ int, o bot.Opened) bool { return p.b.view(o).Ended != nil })
		for n, o := range left {
			p.answer(n, o)
		}
		p.b.later(40 * time.Second)
	}
}

// answer answers what a case asks.
func (p *crashes) answer(n int, o bot.Opened) {
	d := p.b.document(o).Conversation
	text := map[string]string{
		"hello": "1", "menu": "4", "promise-amount": "1250", "promise-date": "friday", "confirm-promise": "yes",
	}[d.Case(o.Case).State]
	if d.Challenge != nil {
		text = "14 march 2196"
	}
	if text == "" {
		text = "MENU"
	}
	p.b.says(client(n), text)
}
