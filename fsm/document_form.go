package fsm

import (
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// The document's form: each type's fields and their numbers, in order. See Schema for what may change and how.

func (c *Conversation) form(w *wire) {
	w.keep(&c.Newer)
	if w.has(1, true) { // always the first: a release that can't read the rest can read this
		w.intValue(1, &c.Schema)
	}
	w.string(2, &c.ID)
	w.uint(3, &c.Version)
	w.uint(4, &c.Epoch)
	w.time(5, &c.Created)
	w.string(6, &c.Moved)
	w.time(7, &c.At)
	inner(w, 8, &c.Contact, (*Contact).form)
	many(w, 9, &c.Cases, of((*Case).form))
	w.name(10, &c.Active)
	dict(w, 11, &c.Prompts, of((*Prompt).form))
	optional(w, 12, &c.Challenge, (*Challenge).form)
	inner(w, 13, &c.Lockout, (*Lockout).form)
	optional(w, 14, &c.Handoff, (*Handoff).form)
	many(w, 15, &c.Work, of((*Handoff).form))
	many(w, 16, &c.Timers, of((*Timer).form))
	many(w, 17, &c.Effects, of((*Effect).form))
	inner(w, 18, &c.Seen, (*Seen).form)
	many(w, 19, &c.CaseIDs, (*wire).bytesValue)
	w.uint(20, &c.Timer)
	w.uint(21, &c.Asked)
}

func (c *Contact) form(w *wire) {
	w.keep(&c.Newer)
	w.string(1, &c.Language)
	w.bool(2, &c.Chosen)
	w.string(3, &c.Zone)
	many(w, 4, &c.Customers, (*wire).stringValue)
	many(w, 5, &c.Addresses, of((*Reachable).form))
	many(w, 6, &c.Evidence, of(evidenceForm))
	dict(w, 7, &c.Flags, (*wire).stringValue)
	w.bool(8, &c.Stopped)
	many(w, 9, &c.Consent, of(consentForm))
	many(w, 10, &c.Sent, of(sentForm))
	w.time(11, &c.LastText)
}

func (r *Reachable) form(w *wire) {
	w.keep(&r.Newer)
	w.named(1, (*string)(&r.Address))
	w.time(2, &r.Since)
	w.time(3, &r.Inbound)
	w.string(4, &r.Bad)
	w.bool(5, &r.Record)
}

func evidenceForm(e *policy.Evidence, w *wire) {
	w.keep(&e.Newer)
	w.string(1, (*string)(&e.Kind))
	w.string(2, &e.Subject)
	w.name(3, (*string)(&e.Address))
	w.time(4, &e.At)
	w.bool(5, &e.Restricted)
}

func consentForm(c *policy.Consent, w *wire) {
	w.keep(&c.Newer)
	w.string(1, &c.Channel)
	w.string(2, (*string)(&c.Purpose))
	w.bool(3, &c.Given)
	w.string(4, &c.Source)
	w.string(5, &c.Text)
	w.time(6, &c.At)
}

func sentForm(s *policy.Sent, w *wire) {
	w.keep(&s.Newer)
	w.time(1, &s.At)
	w.string(2, &s.Channel)
	w.string(3, (*string)(&s.Purpose))
}

func (k *Case) form(w *wire) {
	w.keep(&k.Newer)
	w.named(1, &k.ID)
	w.string(2, &k.Source)
	w.string(3, &k.External)
	w.string(4, &k.Subject)
	w.string(5, &k.Ref)
	w.string(6, &k.Workflow)
	w.time(7, &k.Opened)
	w.time(8, &k.Ended)
	w.string(9, &k.State)
	w.string(10, (*string)(&k.Phase))
	dict(w, 11, &k.Facts, of((*Fact).form))
	dict(w, 12, &k.Proofs, (*wire).bytesValue)
	w.string(13, &k.Resume)
	dict(w, 14, &k.Looked, (*wire).intValue)
	w.string(15, &k.Answer)
	dict(w, 16, &k.Visits, (*wire).intValue)
	w.int(17, &k.Missed)
	w.int(18, &k.Nudges)
	w.int(19, &k.Reached)
	w.name(20, (*string)(&k.Thread))
	w.string(21, &k.Same)
	w.string(22, &k.Pick)
	w.string(23, &k.Doing)
	many(w, 24, &k.Waiters, (*wire).stringValue)
	w.uint(25, &k.Move)
	w.uint(26, &k.Awaited)
	w.string(27, &k.Outcome)
	w.string(28, &k.Exception)
	many(w, 29, &k.Back, (*wire).stringValue)
	optional(w, 30, &k.Undo, (*Undo).form)
	optional(w, 31, &k.Block, (*Block).form)
	many(w, 32, &k.Writes, of((*Written).form))
}

func (f *Fact) form(w *wire) {
	w.keep(&f.Newer)
	w.string(1, &f.Value)
	w.time(2, &f.At)
}

func (x *Written) form(w *wire) {
	w.keep(&x.Newer)
	w.string(1, &x.Operation)
	w.string(2, &x.Receipt)
	w.time(3, &x.At)
}

func (u *Undo) form(w *wire) {
	w.keep(&u.Newer)
	w.string(1, &u.End)
	w.time(2, &u.Until)
}

func (b *Block) form(w *wire) {
	w.keep(&b.Newer)
	w.string(1, &b.Exception)
	w.string(2, &b.Write)
	w.bool(3, &b.Over)
	w.bool(4, &b.Resolved)
}

func (p *Prompt) form(w *wire) {
	w.keep(&p.Newer)
	w.name(1, &p.Case)
	w.string(2, &p.State)
	w.uint(3, &p.Move)
	w.uint(4, &p.Serial)
	w.time(5, &p.At)
	many(w, 6, &p.Options, of((*Shown).form))
}

func (s *Shown) form(w *wire) {
	w.keep(&s.Newer)
	w.string(1, &s.ID)
	w.string(2, &s.Label)
	w.string(3, &s.Short)
	dict(w, 4, &s.Value, (*wire).stringValue)
}

func (ch *Challenge) form(w *wire) {
	w.keep(&ch.Newer)
	w.string(1, &ch.ID)
	w.name(2, &ch.Case)
	w.string(3, &ch.Subject)
	w.name(4, (*string)(&ch.Address))
	many(w, 5, &ch.Facts, (*wire).stringValue)
	optional(w, 6, &ch.Code, (*SpareCode).form)
	w.time(7, &ch.Until)
	w.bool(8, &ch.Sent)
	optional(w, 9, &ch.Half, (*Half).form)
	w.int(10, &ch.Tries)
	w.string(11, &ch.Then)
	needsForm(w, 12, &ch.Needs)
}

func (s *SpareCode) form(w *wire) {
	w.keep(&s.Newer)
	w.string(1, &s.Ref)
	w.bytes(2, &s.MAC)
}

func (h *Half) form(w *wire) {
	w.keep(&h.Newer)
	w.time(1, &h.At)
	dict(w, 2, &h.Facts, (*wire).bytesValue)
}

func (l *Lockout) form(w *wire) {
	w.keep(&l.Newer)
	many(w, 1, &l.Wrong, (*wire).timeValue)
	many(w, 2, &l.Codes, (*wire).timeValue)
	w.int(3, &l.InARow)
	w.time(4, &l.Reset)
	w.bool(5, &l.Disabled)
}

func (h *Handoff) form(w *wire) {
	w.keep(&h.Newer)
	w.name(1, &h.Case)
	w.string(2, &h.Reason)
	w.string(3, &h.Queue)
	w.time(4, &h.At)
	w.string(5, &h.Claimed)
	w.string(6, &h.Back)
}

func (t *Timer) form(w *wire) {
	w.keep(&t.Newer)
	w.string(1, &t.Name)
	w.name(2, &t.Case)
	w.time(3, &t.Due)
	optional(w, 4, &t.Open, (*Opening).form)
	optional(w, 5, &t.Report, (*SystemReported).form)
}

func (o *Opening) form(w *wire) {
	w.keep(&o.Newer)
	w.string(1, &o.Workflow)
	w.string(2, &o.From)
	w.string(3, &o.Exception)
	w.string(4, &o.Channel)
	dict(w, 5, &o.Facts, (*wire).stringValue)
	dict(w, 6, &o.Proofs, (*wire).bytesValue)
	w.string(7, &o.Customer)
	w.string(8, &o.Ref)
}

func (r *SystemReported) form(w *wire) {
	w.keep(&r.Newer)
	w.name(1, &r.Case)
	w.string(2, &r.Event)
	dict(w, 3, &r.Facts, (*wire).stringValue)
}

func (s *Seen) form(w *wire) {
	w.keep(&s.Newer)
	w.bytes(1, &s.Marks)
	w.time(2, &s.Low)
}

// needsForm writes a level by its name: its number is of this build alone.
func needsForm(w *wire, n number, p *policy.Assurance) {
	if !w.has(n, *p != policy.Anyone) {
		return
	}
	name := p.String()
	if w.stringValue(n, &name); w.reading && w.err == nil && p.UnmarshalText([]byte(name)) != nil {
		w.wrong(errKind)
	}
}

func messageForm(m *message.Message, w *wire) {
	w.keep(&m.Newer)
	w.string(1, &m.Text)
	many(w, 2, &m.Choices, of(choiceForm))
	w.string(3, &m.Template)
}

func choiceForm(c *message.Choice, w *wire) {
	w.keep(&c.Newer)
	w.string(1, &c.ID)
	w.string(2, &c.Label)
	w.string(3, &c.Short)
	w.string(4, &c.Description)
}
