package fsm

import (
	"encoding/json"
	"fmt"
	"time"
)

// An offer's values may be computed by a system of record: offers: {plan: {from: core.plan-offers}}. Its lookup answers each
// output once for each value, numbered from 0: "0.months", "0.instalment", "1.months". They are kept as one fact of the case.

// listOf is put before an offer's name to name the fact that holds its looked-up values.
const listOf = "offer:"

// offerFresh is how long an offer that a system has computed stands.
const offerFresh = time.Hour

// source is the lookup that a fact, or an offer's list, comes from, and how long it stays fresh; zero: for good.
func (w *Workflow) source(use string) (from string, fresh time.Duration) {
	if def := w.Facts[use]; def != nil {
		return def.From, def.Fresh
	}
	for _, o := range w.Offers {
		if use == listOf+o.Name {
			return o.From, offerFresh
		}
	}
	return "", 0
}

// listed keeps what a lookup has brought for the offers that come from it; an empty list is known to be empty.
func (s *step) listed(k *Case, w *Workflow, operation string, values map[string]string) error {
	for _, o := range w.Offers {
		if o.From != operation {
			continue
		}
		list := []map[string]string{}
		for n := 0; n < 10; n++ {
			value := make(map[string]string)
			for name := range w.Operations[operation].Out {
				if raw, ok := values[fmt.Sprintf("%d.%s", n, name)]; ok {
					value[name] = raw
				}
			}
			if len(value) == 0 {
				break
			}
			list = append(list, value)
		}
		text, err := json.Marshal(list) // keys in order: the same list gives the same bytes
		if err != nil {
			return err
		}
		s.know(k, listOf+o.Name, string(text))
	}
	return nil
}

// candidates are an offer's values before they are judged.
func (s *step) candidates(k *Case, o *Offer) ([]map[string]string, error) {
	if o.From == "" {
		return o.Combined, nil
	}
	f, known := k.Facts[listOf+o.Name]
	if !known {
		return nil, nil
	}
	var list []map[string]string
	if err := json.Unmarshal([]byte(f.Value), &list); err != nil {
		return nil, fmt.Errorf("offer %s: its looked-up values can't be read: %w", o.Name, err)
	}
	return list, nil
}
