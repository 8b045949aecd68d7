package fsm

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/policy"
)

func formatUint(n uint64) string { return strconv.FormatUint(n, 10) }

// local is the event's time in the contact's zone.
func (s *step) local() time.Time {
	if z, err := policy.Zone(s.c.Contact.Zone); err == nil {
		return s.now.In(z)
	}
	return s.now.UTC()
}

// vars are the values that an expression of this case may read. extra wins: the values of one offer.
func (s *step) vars(k *Case, w *Workflow, extra map[string]string) Vars {
	var get func(name string) (Value, bool)
	get = func(name string) (Value, bool) {
		if raw, ok := extra[name]; ok {
			return parsed(w, name, raw)
		}
		switch name {
		case "case.ref":
			return parsed(w, name, k.Ref)
		case "case.id":
			return parsed(w, name, k.ID)
		case "customer.language":
			return parsed(w, name, s.c.Contact.Language)
		}
		if v, ok := w.Limits[name]; ok {
			return v, true
		}
		if def := w.Facts[name]; def != nil && def.Is != nil {
			v, err := def.Is.Eval(Vars{Get: get, Now: s.local(), Currency: w.Currency})
			return v, err == nil
		}
		if f, ok := k.Facts[name]; ok {
			return parsed(w, name, f.Value)
		}
		return Value{}, false
	}
	return Vars{Get: get, Now: s.local(), Currency: w.Currency}
}

func parsed(w *Workflow, name, raw string) (Value, bool) {
	t, ok := w.Vars[name]
	if !ok {
		t = Text
	}
	v, err := ParseValue(t, w.Currency, raw)
	return v, err == nil
}

// holds judges each line of a when by itself, and explains the first that doesn't hold. A missing fact makes it not hold.
func (s *step) holds(k *Case, w *Workflow, when []*Expr, extra map[string]string) (bool, string) {
	if len(when) == 0 {
		return true, "otherwise"
	}
	return s.judged(when, s.vars(k, w, extra))
}

func (s *step) judged(when []*Expr, vars Vars) (bool, string) {
	for _, x := range when {
		v, err := x.Eval(vars)
		switch {
		case errors.As(err, new(ErrMissing)):
			return false, fmt.Sprintf("%s: %v", x.Source, err)
		case err != nil:
			return false, fmt.Sprintf("%s: can't be judged", x.Source)
		case !v.True():
			return false, x.Source + " is false"
		}
	}
	if len(when) == 1 {
		return true, when[0].Source
	}
	sources := make([]string, len(when))
	for i, x := range when {
		sources[i] = x.Source
	}
	return true, strings.Join(sources, " and ")
}

// shown are the replies that a state offers now, judged now.
func (s *step) shown(k *Case, w *Workflow, st *State) ([]Shown, error) {
	switch st.Kind {
	case SayState:
		var all []Shown
		for _, o := range st.Options {
			if ok, why := s.eligible(k, w, o); !ok {
				s.why("%s is not offered: %s", o.ID, why)
				continue
			}
			label, short, err := s.label(k, w, o.ID, nil)
			if err != nil {
				return nil, err
			}
			if all == nil {
				all = make([]Shown, 0, len(st.Options))
			}
			all = append(all, Shown{ID: o.ID, Label: label, Short: short})
		}
		return all, nil
	case OfferState:
		return s.offered(k, w, st.Offer)
	case ConfirmState, SignState:
		return s.choices(k, w, []string{"yes", "no"})
	case AskState:
		switch st.Ask.Type {
		case Chosen, Several:
			return s.choices(k, w, st.Ask.Of)
		case Boolean:
			return s.choices(k, w, []string{"yes", "no"})
		}
	}
	return nil, nil
}

func (s *step) choices(k *Case, w *Workflow, ids []string) ([]Shown, error) {
	all := make([]Shown, 0, len(ids))
	for _, id := range ids {
		label, short, err := s.label(k, w, id, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, Shown{ID: id, Label: label, Short: short})
	}
	return all, nil
}

// eligible judges an option. One that leads to an empty offer is not eligible.
func (s *step) eligible(k *Case, w *Workflow, o *Option) (bool, string) {
	if ok, why := s.holds(k, w, o.When, nil); !ok {
		return false, why
	}
	if st := w.States[o.To]; st != nil && st.Kind == OfferState && st.Otherwise == "" {
		// What its values need may not be looked up yet; then it is judged where it is shown.
		values, err := s.candidates(k, st.Offer)
		stands := func(value map[string]string) bool { return s.stands(k, w, st.Offer, value) != nil }
		if err == nil && !slices.ContainsFunc(values, stands) {
			return false, "nothing to choose from in " + st.Offer.Name
		}
	}
	return true, ""
}

// offered are an offer's values, each judged like an option, at most ten.
func (s *step) offered(k *Case, w *Workflow, o *Offer) ([]Shown, error) {
	most := o.AtMost
	if most == 0 || most > 10 {
		most = 10
	}
	var all []Shown
	values, err := s.candidates(k, o)
	if err != nil {
		return nil, err
	}
	for _, value := range values {
		extra := s.stands(k, w, o, value)
		if extra == nil {
			continue
		}
		facts := make(map[string]string, len(o.Keys))
		for _, key := range o.Keys {
			facts[o.Name+"."+key] = extra[key]
		}
		label, short, err := s.label(k, w, o.Name+"-option", facts)
		if err != nil {
			return nil, err
		}
		all = append(all, Shown{ID: formatUint(uint64(len(all) + 1)), Label: label, Short: short, Value: facts})
		if len(all) == most {
			break
		}
	}
	return all, nil
}

// stands is one of an offer's values with all that is calculated for it, if it is eligible; nil where it isn't. Each's keys
// stand alone in its expressions (months) and under the offer's name everywhere else (plan.months).
func (s *step) stands(k *Case, w *Workflow, o *Offer, value map[string]string) map[string]string {
	extra := make(map[string]string, 2*len(o.Keys))
	put := func(key, raw string) { extra[key], extra[o.Name+"."+key] = raw, raw }
	for key, raw := range value {
		put(key, raw)
	}
	vars := s.vars(k, w, extra)
	for _, key := range o.Keys {
		x := o.With[key]
		if x == nil {
			continue
		}
		v, err := x.Eval(vars)
		if err != nil {
			return nil
		}
		put(key, v.String())
	}
	if ok, _ := s.judged(o.When, vars); !ok {
		return nil
	}
	return extra
}

// product is every combination of each's values, the first key slowest.
func product(o *Offer) []map[string]string {
	all := []map[string]string{{}}
	for _, key := range o.Keys {
		values, ok := o.Each[key]
		if !ok {
			continue
		}
		var next []map[string]string
		for _, have := range all {
			for _, v := range values {
				m := map[string]string{key: v.String()}
				for k, x := range have {
					m[k] = x
				}
				next = append(next, m)
			}
		}
		all = next
	}
	return all
}

// bounds are what an asked fact may be, as text; empty where nothing bounds it.
func (s *step) bounds(k *Case, w *Workflow, def *FactDef) (least, most string) {
	if def.Min != nil {
		if v, err := def.Min.Eval(s.vars(k, w, nil)); err == nil {
			least = v.String()
		}
	}
	if def.Max != nil {
		if v, err := def.Max.Eval(s.vars(k, w, nil)); err == nil {
			most = v.String()
		}
	}
	return least, most
}

// today is the event's day in the contact's zone.
func (s *step) today() answer.Civil { return answer.CivilOf(s.local()) }
