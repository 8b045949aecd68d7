package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// OpenRequest is a matter that has come up: a case to open, once for each source and ID.
type OpenRequest struct {
	Source    string // who asks: the API key's name, a campaign
	ID        string // the source's own ID of the matter
	Event     string // account.overdue
	Workflow  string // where not the one that Event triggers
	Customer  string // the bank's reference of the person
	Ref       string // the bank's reference of the matter, given to every operation
	Language  string
	Zone      string
	Addresses []message.Address // those on record, the first one to be tried first
	Facts     map[string]string
	Consent   []policy.Consent
	Shared    bool // addresses may be those of another customer's conversation
}

// Opened is the case, whether opened now or before.
type Opened struct {
	Case         string `json:"case"`
	Conversation string `json:"conversation"`
	Existed      bool   `json:"existed"`
}

// Invalid says what is wrong with a request, by field. Its messages hold no values.
type Invalid struct{ Problems []Field }

// Field is one thing wrong.
type Field struct{ Name, Message string }

func (i *Invalid) Error() string {
	all := make([]string, len(i.Problems))
	for n, p := range i.Problems {
		all[n] = p.Name + ": " + p.Message
	}
	return strings.Join(all, "; ")
}

// ErrShared: an address belongs to another customer's conversation.
var ErrShared = fsm.ErrSharedAddress

// Open opens a case, at most once for each source and ID, for the conversation's life. *Invalid says what to mend.
func (b *Bot) Open(ctx context.Context, r OpenRequest) (Opened, error) {
	opened, err := b.opening(r)
	if err != nil {
		return Opened{}, err
	}
	others := append(slices.Clone(r.Addresses[1:]), store.Customer(r.Customer))
	loaded, err := b.Store.Create(ctx, r.Addresses[0], others...)
	if err != nil {
		return Opened{}, err
	}
	id := loaded.Conversation.ID
	// Before the commit: an entry without a case is harmless, a case that can't be found isn't.
	if owner, err := b.Store.PutCase(ctx, opened.Case, id); err != nil {
		return Opened{}, err
	} else if owner != id {
		return Opened{Case: opened.Case, Conversation: owner, Existed: true}, nil
	}
	existed := loaded.Conversation.Knows(opened.Case)
	event := "open/" + opened.Case
	if err := b.handle(ctx, id, &loaded, fsm.Event{ID: event, Mark: b.Store.Mark(event), Opened: opened}); err != nil {
		return Opened{}, err
	}
	return Opened{Case: opened.Case, Conversation: id, Existed: existed}, nil
}

// opening checks a request against its workflow and puts its values into canonical text; secret ones leave as hashes.
func (b *Bot) opening(r OpenRequest) (*fsm.CaseOpened, error) {
	bad := new(Invalid)
	add := func(name, format string, args ...any) {
		bad.Problems = append(bad.Problems, Field{name, fmt.Sprintf(format, args...)})
	}
	w := b.Library.ForTrigger(r.Event)
	if r.Workflow != "" {
		w = b.Library.Named(r.Workflow)
	}
	if w == nil {
		add("event", "no workflow is triggered by it: use one of %s", strings.Join(b.triggers(), ", "))
		return nil, bad
	}
	for name, v := range map[string]string{"id": r.ID, "customer": r.Customer, "ref": r.Ref} {
		if v == "" {
			add(name, "is missing")
		}
	}
	if len(r.Addresses) == 0 {
		add("addresses", "is empty: name at least one")
	}
	if _, err := policy.Zone(r.Zone); r.Zone == "" || err != nil {
		add("zone", "is not a time zone: use one such as Africa/Johannesburg")
	}
	if !w.Speaks(r.Language) {
		add("language", "workflow %s has no texts in it: use one of %s", w.Name, strings.Join(slices.Sorted(maps.Keys(w.Texts)), ", "))
	}
	declared := make(map[string]fsm.Type)
	given := make(map[string]string)
	proofs := make(map[string][]byte)
	for name, v := range r.Facts {
		def := w.Facts[name]
		switch {
		case def == nil:
			add("facts."+name, "workflow %s has no such fact", w.Name)
		case def.Secret:
			mac, err := b.proof(def, v)
			if err != nil {
				add("facts."+name, "%v", err)
			} else {
				proofs[name] = mac
			}
		default:
			declared[name], given[name] = def.Type, v
		}
	}
	for name, def := range w.Facts {
		if def.From == "trigger" && !def.Secret && r.Facts[name] == "" {
			add("facts."+name, "is missing")
		}
	}
	facts, err := canonical(w, declared, given)
	if invalid, ok := err.(*Invalid); ok {
		bad.Problems = append(bad.Problems, invalid.Problems...)
	}
	if len(bad.Problems) > 0 {
		sort.Slice(bad.Problems, func(i, j int) bool { return bad.Problems[i].Name < bad.Problems[j].Name })
		return nil, bad
	}
	return &fsm.CaseOpened{
		Case: b.Store.CaseID(r.Source, r.ID), Source: r.Source, External: r.ID, Event: r.Event, Workflow: r.Workflow,
		Customer: r.Customer, Ref: r.Ref, Language: r.Language, Zone: r.Zone, Addresses: r.Addresses,
		Facts: facts, Proofs: proofs, Consent: r.Consent, Shared: r.Shared,
	}, nil
}

// proof is the keyed hash of a secret fact's normal form.
func (b *Bot) proof(def *fsm.FactDef, value string) ([]byte, error) {
	for _, c := range b.Checks {
		if c.Class() == def.Proves {
			normal, err := c.Normal(value)
			if err != nil {
				return nil, err
			}
			return b.factMAC(def.Proves, normal), nil
		}
	}
	return nil, fmt.Errorf("no check asks for %s: leave it out", def.Proves)
}

func (b *Bot) triggers() []string {
	var all []string
	for _, w := range b.Library.All() {
		if w.Trigger.Event != "" {
			all = append(all, w.Trigger.Event)
		}
	}
	slices.Sort(all)
	return all
}

// canonical puts values into canonical text by their declared types.
func canonical(w *fsm.Workflow, declared map[string]fsm.Type, given map[string]string) (map[string]string, error) {
	bad := new(Invalid)
	out := make(map[string]string, len(given))
	for name, raw := range given {
		t, ok := declared[name]
		if !ok {
			bad.Problems = append(bad.Problems, Field{"facts." + name, "is not declared"})
			continue
		}
		v, err := fsm.ParseValue(t, w.Currency, raw)
		if err != nil {
			bad.Problems = append(bad.Problems, Field{"facts." + name, err.Error()})
			continue
		}
		out[name] = v.String()
	}
	if len(bad.Problems) > 0 {
		return nil, bad
	}
	return out, nil
}
