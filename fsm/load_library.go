package fsm

import (
	"maps"
	"slices"
	"sync"
)

// Library holds the workflows in use: the current version of each by name, and every version that a case is pinned to. It
// is safe for concurrent use; the zero Library is empty.
type Library struct {
	mu        sync.RWMutex
	pinned    map[string]*Workflow // guarded by mu
	named     map[string]*Workflow // guarded by mu
	triggered map[string]*Workflow // guarded by mu; by the trigger's event, among the current ones
	languages []string             // guarded by mu: replaced whole, never changed; of the current ones
}

// LobbyName names the workflow for whoever writes without an open case, or with several.
const LobbyName = "lobby"

// NewLibrary holds these workflows, each as the current one of its name.
func NewLibrary(workflows ...*Workflow) *Library {
	l := new(Library)
	for _, w := range workflows {
		l.Add(w)
	}
	return l
}

// Add makes w the current version of its name. Earlier versions stay, by their pins.
func (l *Library) Add(w *Workflow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.make()
	if old := l.named[w.Name]; old != nil && l.triggered[old.Trigger.Event] == old {
		delete(l.triggered, old.Trigger.Event)
	}
	l.pinned[w.Pin()], l.named[w.Name] = w, w
	tags := map[string]bool{}
	for _, w := range l.named {
		for tag := range w.Texts {
			tags[tag] = true
		}
	}
	l.languages = slices.Sorted(maps.Keys(tags))
	if w.Trigger.Event != "" {
		l.triggered[w.Trigger.Event] = w
	}
}

// AddPinned keeps a version that cases are pinned to, without making it current.
func (l *Library) AddPinned(w *Workflow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.make()
	l.pinned[w.Pin()] = w
}

func (l *Library) make() {
	if l.pinned == nil {
		l.pinned, l.named, l.triggered = map[string]*Workflow{}, map[string]*Workflow{}, map[string]*Workflow{}
	}
}

// Pinned is the very version, or nil.
func (l *Library) Pinned(pin string) *Workflow {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.pinned[pin]
}

// Named is the current version of a workflow, or nil.
func (l *Library) Named(name string) *Workflow {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.named[name]
}

// ForTrigger is the current workflow that this event opens, or nil.
func (l *Library) ForTrigger(event string) *Workflow {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.triggered[event]
}

// Lobby is the workflow for whoever writes without an open case, or nil where there is none.
func (l *Library) Lobby() *Workflow { return l.Named(LobbyName) }

// All are the current workflows, by name.
func (l *Library) All() map[string]*Workflow {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return maps.Clone(l.named)
}
