package fsm

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/settle-chat/settle/policy"
)

func (k *walk) encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		k.t.Fatalf("walk %d: encode: %v", k.seed, err)
	}
	return string(data)
}

func (k *walk) encodeDocument(c Conversation) string {
	data, err := c.Encode()
	if err != nil {
		k.t.Fatalf("walk %d: encode: %v", k.seed, err)
	}
	return string(data)
}

// refusals are the errors that the caller of Step must act on: no fault of ours.
var refusals = []error{ErrDuplicate, ErrSharedAddress, ErrNoCase, ErrOpen, ErrRefused}

// step takes one event, checks all that must hold, and goes on from the document as it would be loaded.
func (k *walk) step(e Event) bool {
	k.last = e
	before := k.document
	loaded, err := Decode([]byte(before))
	if err != nil {
		k.fail("load: %v", err)
		return false
	}
	commit, err := Step(k.lib, k.c, e)
	stepped := commit.Conversation
	if got := k.encodeDocument(k.c); got != before {
		k.fail("Step changed its input:%s", differ(got, before))
	}
	again, errAgain := Step(k.lib, loaded, e)
	if err != nil {
		if errAgain == nil || err.Error() != errAgain.Error() {
			k.fail("Step = %v, and %v from the same document loaded", err, errAgain)
		}
		if !slices.ContainsFunc(refusals, func(r error) bool { return errors.Is(err, r) }) {
			k.fail("poison: %v", err)
		}
		return !k.t.Failed()
	}
	after := k.encodeDocument(commit.Conversation)
	if got := k.encodeDocument(again.Conversation); got != after {
		k.fail("Step from the same document loaded gives:%s", differ(got, after))
	}
	commit.Conversation, again.Conversation = Conversation{}, Conversation{}
	if got, want := k.encode(again), k.encode(commit); got != want {
		k.fail("Step from the same document loaded gives:%s", differ(got, want))
	}
	old := k.c
	commit.Conversation = stepped
	k.document = after
	k.sent = append(k.sent, e)
	k.journal = append(k.journal, commit.Journal...)
	k.c = commit.Conversation
	k.checkEffects(&old, commit)
	k.checkSends(&old, commit)
	k.checkMoves(&old, commit)
	k.checkWayOn()
	k.checkSize(commit)
	return !k.t.Failed()
}

// checkEffects: none is lost, and no change is wanted that nobody may make.
func (k *walk) checkEffects(old *Conversation, commit Commit) {
	entry, c := commit.Journal[0], &k.c
	subject := ""
	if e := entry.Event; e.Done != nil {
		subject = e.Done.Effect
	} else if e.Receipt != nil {
		subject = e.Receipt.Effect
	}
	because := strings.Join(entry.Because, "\n")
	for _, f := range old.Effects {
		if c.Effect(f.ID) != nil {
			continue
		}
		said := f.Send != nil || f.IssueCode != nil
		switch {
		case f.ID == subject:
			kept := entry.Event.Done != nil && (entry.Event.Done.Result == Retry || entry.Event.Done.Result == Throttled)
			if kept && f.WriteBack != nil && f.Attempt < mostWrites && entry.Event.Done.Attempt >= f.Attempt {
				k.fail("a change that is to be tried again is gone: %s", f.ID)
			}
		case said && (strings.Contains(because, "STOP") || strings.Contains(because, "opted out")):
		case f.Send != nil && strings.Contains(because, "handed to queue"):
		case f.Send != nil && f.Send.Needs > policy.Anyone && strings.Contains(because, "is dropped unsent"):
		case f.Send != nil && f.Send.Kind == Reminder && strings.Contains(because, "unsent reminders"):
		case f.Send != nil && (strings.Contains(because, "too many messages wait") || strings.Contains(because, "replaced by the next one")):
		default:
			k.fail("lost: %s %s of case %s; because %q", f.Kind(), f.ID, f.Case, entry.Because)
		}
	}
	ids := map[string]bool{}
	for _, f := range c.Effects {
		if ids[f.ID] {
			k.fail("effect %s is there twice", f.ID)
		}
		ids[f.ID] = true
		if f.WriteBack == nil || old.Effect(f.ID) != nil {
			continue
		}
		q := c.Case(f.Case)
		w := k.lib.Pinned(q.Workflow)
		op := w.Operations[f.WriteBack.System+"."+f.WriteBack.Operation]
		level := policy.Level(c.Contact.Evidence, q.Subjects(), q.Thread, k.c.At, c.lastFrom(q.Thread)).Level
		if level < w.Floors.Needs(op.Risk) && entry.Event.Agent == nil {
			k.fail("%s (%s) is wanted at %s", op.Name, op.Risk, level)
		}
	}
}

// checkSends: nothing private below person, nothing after STOP but its confirmation.
func (k *walk) checkSends(old *Conversation, commit Commit) {
	c, confirmations := &k.c, 0
	for _, f := range c.Effects {
		isNew := old.Effect(f.ID) == nil
		if c.Contact.Stopped {
			if f.IssueCode != nil && !f.Doubt || f.Send != nil && f.Send.Kind != Confirmation && !f.Doubt {
				k.fail("after STOP %s %q may still go out", f.Kind(), f.Send.Text)
			}
			if f.Send != nil && f.Send.Kind == Confirmation && isNew {
				confirmations++
			}
		}
		if f.Send == nil || !isNew {
			continue
		}
		for _, o := range f.Send.Message.Choices {
			k.taps = append(k.taps, o.ID)
		}
		q := c.Case(f.Case)
		if q == nil {
			continue
		}
		w := k.lib.Pinned(q.Workflow)
		need := w.showing([]string{f.Send.Text})
		if p := c.Prompts[thread(f.Send.To)]; f.Send.Prompt && len(f.Send.Message.Choices) > 0 && p.Case == q.ID {
			need = max(need, w.States[p.State].Needs)
		}
		if level := policy.Level(c.Contact.Evidence, q.Subjects(), f.Send.To, c.At, c.lastFrom(f.Send.To)).Level; level < need {
			k.fail("%s needs %s and is said at %s", f.Send.Text, need, level)
		}
		if f.Send.Epoch != c.Epoch {
			k.fail("%s is said in epoch %d, now %d: the gate would stop it", f.Send.Text, f.Send.Epoch, c.Epoch)
		}
	}
	if confirmations > 1 || confirmations == 1 && old.Contact.Stopped {
		k.fail("%d confirmations of STOP, stopped before: %v", confirmations, old.Contact.Stopped)
	}
}

// checkMoves: every move is an arrow that the workflow declares.
func (k *walk) checkMoves(old *Conversation, commit Commit) {
	entry := commit.Journal[0]
	q := k.c.Case(entry.Case)
	if q == nil {
		k.seen.note(nil, entry, k.size())
		return
	}
	w := k.lib.Pinned(q.Workflow)
	k.seen.note(w, entry, k.size())
	moved := 0
	for _, now := range k.c.Cases {
		if was := old.Case(now.ID); was == nil || was.State != now.State || was.Move != now.Move {
			moved++
		}
	}
	because := strings.Join(entry.Because, "\n")
	if moved > 1 || strings.Contains(because, "BACK to") {
		return
	}
	from := entry.From
	for _, to := range entry.Path {
		if err := w.moves().move(from, to); err != nil {
			k.fail("%v", err)
		}
		from = to
	}
}

// checkWayOn: every open case has something to come, sooner than its expiry, and nobody waits for a turn or a person in
// vain.
func (k *walk) checkWayOn() {
	c := &k.c
	active := c.Case(c.Active)
	for i := range c.Cases {
		q := &c.Cases[i]
		coming := slices.ContainsFunc(c.Effects, func(f Effect) bool { return f.Case == q.ID && (f.LookUp != nil || f.WriteBack != nil) })
		timed := slices.ContainsFunc(c.Timers, func(t Timer) bool {
			return t.Case == q.ID && slices.Contains([]string{"silence", "wait", "reach"}, t.kind())
		})
		expires := slices.ContainsFunc(c.Timers, func(t Timer) bool { return t.Case == q.ID && t.kind() == "expires" })
		blocked := c.Handoff != nil && c.Handoff.Case == q.ID || slices.ContainsFunc(c.Work, func(h Handoff) bool { return h.Case == q.ID })
		switch {
		case q.Phase == Closed:
			if timed || expires {
				k.fail("case %s is closed and has a timer", q.ID)
			}
			continue
		case q.Phase == Blocked:
			if !blocked {
				k.fail("case %s is blocked and with nobody", q.ID)
			}
			continue
		case !expires && q.Outcome == "": // one that is being undone has ended
			k.fail("case %s (%s in %s) never expires", q.ID, q.Phase, q.State)
		case q.Phase == Looking || q.Phase == Doing || q.Phase == Settling:
			if !coming {
				k.fail("case %s (%s in %s) waits for nothing", q.ID, q.Phase, q.State)
			}
		case q == active && c.Handoff == nil && !c.Contact.Stopped && !timed:
			k.fail("case %s (%s in %s) asks without end", q.ID, q.Phase, q.State)
		}
		if q.Phase == Queued && c.Handoff == nil && (active == nil || active.Phase == Closed || active == q) {
			k.fail("case %s is queued and nobody has the turn", q.ID)
		}
		if q != active && slices.ContainsFunc(c.Timers, func(t Timer) bool { return t.Case == q.ID && t.kind() == "silence" }) {
			k.fail("case %s waits its turn and runs a silence timer", q.ID)
		}
	}
	if h := c.Handoff; h != nil && (c.Case(h.Case) == nil || c.Case(h.Case).Phase != Blocked) {
		k.fail("the handoff of case %s is of no blocked case", h.Case)
	}
	if ch := c.Challenge; ch != nil && ch.Case != c.Active {
		k.fail("case %s is asked who replies, and case %s has the turn", ch.Case, c.Active)
	}
}

// size is the document's, beside what is remembered of events: that has its own bound (512 of them, 6 KB).
func (k *walk) size() int { return len(k.document) - len(k.c.Seen.Marks) }

// checkSize: history lives outside.
func (k *walk) checkSize(commit Commit) {
	if size := k.size(); size > 8<<10 {
		k.fail("the document has %d bytes beside its marks, want 8 KB at most:\n%s", size, k.encode(k.c))
	}
	if len(commit.Conversation.Seen.Marks) > seenMost*seenSize {
		k.fail("%d marks are remembered", len(commit.Conversation.Seen.Marks)/seenSize)
	}
}
