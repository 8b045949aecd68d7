package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

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

// noteOpened notes where the cases are that a commit opens by itself, as another's end does, so that they are found by their
// ID. One that begins with a customer's message isn't noted: nobody has been told its ID, and a webhook is two round trips.
func (b *Bot) noteOpened(ctx context.Context, batch []*job, before, after fsm.Conversation) error {
	if !slices.ContainsFunc(batch, func(j *job) bool { return j.event.Received == nil && j.event.Opened == nil }) {
		return nil
	}
	for _, k := range after.Cases {
		if before.Case(k.ID) != nil {
			continue
		}
		if _, err := b.Store.PutCase(ctx, k.ID, after.ID); err != nil {
			return err
		}
	}
	return nil
}
