package bot_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// simVerdict looks at what is there once nothing moves any more, and says what of our promises was broken.
type simVerdict struct {
	w          *simWorld
	journals   map[string][]store.JournalEntry // by conversation
	effects    map[string]fsm.Effect           // all that there ever were, as they were first wanted
	again      map[string]bool                 // replies that the journal says were sent once more
	owners     map[string]string               // effect -> conversation
	silences   map[string][]simSilence         // by conversation
	raises     map[string][]simRaise           // by conversation
	decided    map[string]uint64               // effect -> the epoch that it was last decided in
	violations []string
}

// simSilence is from a STOP to its START, by when Redis wrote them.
type simSilence struct{ from, to time.Time }

// simRaise is when Redis wrote that what was decided before is void.
type simRaise struct {
	at    time.Time
	epoch uint64
}

func (v *simVerdict) broken(format string, args ...any) {
	v.violations = append(v.violations, fmt.Sprintf(format, args...))
}

// check is the verdict on a run that is over.
func (w *simWorld) check() simResult {
	v := &simVerdict{w: w, journals: make(map[string][]store.JournalEntry), effects: make(map[string]fsm.Effect), again: make(map[string]bool),
		owners: make(map[string]string), silences: make(map[string][]simSilence),
		raises: make(map[string][]simRaise), decided: make(map[string]uint64)}
	v.read()
	for _, id := range slices.Sorted(maps.Keys(v.journals)) {
		v.replay(id, v.journals[id])
	}
	v.events()
	v.sends()
	v.changes()
	for _, id := range slices.Sorted(maps.Keys(v.journals)) {
		v.atRest(id)
	}
	v.violations = append(w.seen(), v.violations...)
	return v.result()
}

func (v *simVerdict) read() {
	for n := range store.Partitions {
		entries, err := v.w.look.Journal(v.w.life, n, "", 1<<20)
		if err != nil {
			v.broken("journal of partition %d: %v", n, err)
		}
		for _, e := range entries {
			v.journals[e.Conversation] = append(v.journals[e.Conversation], e)
		}
	}
	letters, err := v.w.look.Letters(v.w.life)
	if err != nil {
		v.broken("letters: %v", err)
	}
	for _, l := range letters {
		if d := l.Letter.Event.Done; d != nil && d.Result == fsm.Declined {
			continue // what a system declines is an operator's to see to
		}
		v.broken("a letter, of event %s: %s", l.Letter.Event.ID, l.Letter.Reason)
	}
}

// replay steps a conversation's journal again: it must give the document, and shows every effect there was.
func (v *simVerdict) replay(id string, stored []store.JournalEntry) {
	if err := store.VerifyChain(stored); err != nil {
		v.broken("journal of %s: %v", id, err)
	}
	start, ok := v.w.starts[id]
	if !ok {
		v.broken("conversation %s has no beginning", id)
		return
	}
	loaded, err := v.w.look.Load(v.w.life, id)
	if err != nil {
		v.broken("document of %s: %v", id, err)
		return
	}
	var entries []fsm.Entry
	c := start
	for _, e := range stored {
		entries = append(entries, e.Entry)
		next, err := fsm.Step(v.w.lib, c, e.Entry.Event)
		if err != nil {
			next = fsm.Quarantine(c, e.Entry.Event, err)
		}
		wasStopped, wasEpoch := c.Contact.Stopped, c.Epoch
		c = next.Conversation
		c.Version = e.Entry.Version
		at := v.w.commits[fmt.Sprintf("%s/%d", id, e.Version)]
		if c.Epoch > wasEpoch {
			v.raises[id] = append(v.raises[id], simRaise{at, c.Epoch})
		}
		switch {
		case !wasStopped && c.Contact.Stopped:
			v.silences[id] = append(v.silences[id], simSilence{from: at})
		case wasStopped && !c.Contact.Stopped:
			v.silences[id][len(v.silences[id])-1].to = at
		}
		for _, f := range c.Effects {
			if _, known := v.effects[f.ID]; !known {
				v.effects[f.ID], v.owners[f.ID] = f, id
			}
			v.again[f.ID] = v.again[f.ID] || f.Again
			switch {
			case f.Send != nil:
				v.decided[f.ID] = f.Send.Epoch
			case f.IssueCode != nil:
				v.decided[f.ID] = f.IssueCode.Epoch
			}
		}
	}
	got, err := fsm.Replay(v.w.lib, start, entries)
	if err != nil {
		v.broken("replay of %s: %v", id, err)
		return
	}
	gotBytes, err1 := got.Encode()
	wantBytes, err2 := loaded.Conversation.Encode()
	if err1 != nil || err2 != nil || string(gotBytes) != string(wantBytes) {
		v.broken("replay of %s gives another document:\n%s\n%s", id, gotBytes, wantBytes)
	}
}

// events: what was acknowledged is there, once; what is there was said.
func (v *simVerdict) events() {
	taken := make(map[string]int)
	cases := make(map[string]int)
	for _, entries := range v.journals {
		for _, e := range entries {
			if e.Entry.Event.Received != nil {
				taken[e.Entry.Event.ID]++
			}
			if o := e.Entry.Event.Opened; o != nil {
				cases[o.Case]++
			}
		}
	}
	for id := range v.w.acked {
		if taken[id] != 1 {
			v.broken("message %s was acknowledged and taken %d times, want once", id, taken[id])
		}
	}
	for id, n := range taken {
		if _, said := v.w.said[id]; !said || n > 1 {
			v.broken("message %s was taken %d times, and said: %t", id, n, said)
		}
	}
	for id := range v.w.opened {
		if cases[id] != 1 {
			v.broken("case %s was acknowledged and opened %d times, want once", id, cases[id])
		}
	}
}

// changes: each writeback was made at most once, and the bank and the documents agree.
func (v *simVerdict) changes() {
	for _, s := range v.w.bank.strange {
		v.broken("%s", s)
	}
	made := make(map[string]bool)
	rows, wanted := make(map[string]int), make(map[string]int)
	for _, f := range v.effects {
		if f.WriteBack != nil {
			wanted[fmt.Sprint(f.Case, f.WriteBack.System, ".", f.WriteBack.Operation, f.WriteBack.In)]++
		}
	}
	for _, c := range v.w.bank.changes() {
		made[c.key] = true
		row := fmt.Sprint(c.caseID, c.operation, map[string]string(c.in))
		if rows[row]++; rows[row] > wanted[row] {
			v.broken("the bank has %d times %s of one case, its journal wanted %d", rows[row], c.operation, wanted[row])
		}
	}
	doubted := make(map[string]bool)
	for _, entries := range v.journals {
		for _, e := range entries {
			d := e.Entry.Event.Done
			if d == nil || v.effects[d.Effect].WriteBack == nil {
				continue
			}
			switch d.Result {
			case fsm.OK:
				if !made[d.Effect] {
					v.broken("writeback %s is acknowledged in the journal, and the bank has nothing of it", short(d.Effect))
				}
			case fsm.Unknown, fsm.Lapsed:
				doubted[d.Effect] = true
			case fsm.Declined, fsm.Permanent:
				if made[d.Effect] && !doubted[d.Effect] {
					v.broken("writeback %s was surely not made, says the journal, and the bank has it", short(d.Effect))
				}
			}
		}
	}
}
