package fsm

import "github.com/settle-chat/settle/message"

// The form of effects, as that of the rest of the document.

func (e *Effect) form(w *wire) {
	w.keep(&e.Newer)
	w.string(1, &e.ID)
	w.string(2, &e.Lane)
	w.name(3, &e.Case)
	w.time(4, &e.Due)
	w.time(5, &e.Since)
	w.int(6, &e.Attempt)
	w.bool(7, &e.Doubt)
	w.bool(8, &e.Again)
	optional(w, 9, &e.Send, (*Send).form)
	optional(w, 10, &e.LookUp, (*LookUp).form)
	optional(w, 11, &e.WriteBack, (*WriteBack).form)
	optional(w, 12, &e.IssueCode, (*IssueCode).form)
	optional(w, 13, &e.Suppress, (*Suppress).form)
	optional(w, 14, &e.NoteLockout, (*NoteLockout).form)
	optional(w, 15, &e.Absorb, (*Absorb).form)
}

func (s *Send) form(w *wire) {
	w.keep(&s.Newer)
	w.name(1, (*string)(&s.To))
	inner(w, 2, &s.Message, messageForm)
	w.string(3, (*string)(&s.Kind))
	w.string(4, &s.Purpose)
	w.string(5, &s.Text)
	w.time(6, &s.Until)
	w.uint(7, &s.Epoch)
	w.bool(8, &s.Prompt)
	needsForm(w, 9, &s.Needs)
	w.string(10, &s.Subject)
}

func (l *LookUp) form(w *wire) {
	w.keep(&l.Newer)
	w.string(1, &l.System)
	w.string(2, &l.Operation)
	dict(w, 3, &l.In, (*wire).stringValue)
}

func (b *WriteBack) form(w *wire) {
	w.keep(&b.Newer)
	w.string(1, &b.System)
	w.string(2, &b.Operation)
	dict(w, 3, &b.In, (*wire).stringValue)
	w.string(4, (*string)(&b.For))
}

func (i *IssueCode) form(w *wire) {
	w.keep(&i.Newer)
	w.string(1, &i.Ref)
	w.name(2, (*string)(&i.To))
	w.time(3, &i.Until)
	w.string(4, &i.Text)
	w.uint(5, &i.Epoch)
}

func (s *Suppress) form(w *wire) {
	w.keep(&s.Newer)
	many(w, 1, &s.Addresses, addressValue)
	w.bool(2, &s.Stopped)
}

func (l *NoteLockout) form(w *wire) {
	w.keep(&l.Newer)
	many(w, 1, &l.Addresses, addressValue)
	inner(w, 2, &l.Lockout, (*Lockout).form)
}

func (a *Absorb) form(w *wire) {
	w.keep(&a.Newer)
	w.string(1, &a.To)
	w.bytes(2, (*[]byte)(&a.State))
}

func addressValue(w *wire, n number, p *message.Address) { w.nameValue(n, (*string)(p)) }
