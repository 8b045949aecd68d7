package ledger

// Fault is called around an operation. It may block, for a slow system; its error takes the operation's place. A lookup
// has no key.
type Fault func(operation, key string) error

type faults struct{ before, after Fault }

// Inject sets faults, for tests of whoever calls a system of record; nil for none. Before runs ahead of the transaction: an
// error from it (integrations.Retry, say) means that nothing was done. After runs once the change is on disk: an error from
// it is a lost answer, and comes out as Unknown, whatever it is.
func (l *Ledger) Inject(before, after Fault) { l.fault.Store(&faults{before, after}) }

func (l *Ledger) before(operation, key string) error {
	if f := l.fault.Load(); f != nil && f.before != nil {
		return f.before(operation, key)
	}
	return nil
}

func (l *Ledger) after(operation, key string) error {
	if f := l.fault.Load(); f != nil && f.after != nil {
		return f.after(operation, key)
	}
	return nil
}
