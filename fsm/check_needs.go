package fsm

import "github.com/settle-chat/settle/policy"

// NeedsAt is the assurance that must stand before a case may enter this state, outcome or exception. It is derived when
// the workflow is loaded: from what is shown there and from what is done there. A name that isn't there needs more than
// anyone can give.
func (w *Workflow) NeedsAt(name string) policy.Assurance {
	switch {
	case w.States[name] != nil:
		return w.States[name].Needs
	case w.Outcomes[name] != nil:
		return w.Outcomes[name].Needs
	case w.Exceptions[name] != nil:
		return w.Exceptions[name].Needs
	}
	return policy.Passkey
}
