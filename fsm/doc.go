// Package fsm decides what a conversation does next. It performs no I/O, reads no clock and draws no random number: the
// same workflows, conversation and event always give the same bytes, so that a conversation can be replayed from its
// journal, and the replay is both a test and evidence.
//
//	commit, err := fsm.Step(library, conversation, event)
//
// An Event is anything that can move a conversation, in the past tense. What must be done outside (send, look up, write
// back, issue a code, suppress an address) leaves as an Effect inside the new document, and comes back as an EffectDone
// event that removes it, in the same commit. Timers are part of the document too.
//
// The rules of workflow files are in DESIGN.md, section 4; the rules of the step are in CORE.md.
package fsm
