package fsm

import (
	"slices"
	"testing"
)

// An offer whose values a system computes: looked up before it is shown, judged like any other, chosen and kept as one value.
func TestOfferFromALookup(t *testing.T) {
	t.Parallel()
	const workflow = `
offers:
  deal: {from: sys.deals, with: {total: "rate * months"}, when: ["months <= 6"]}
outcomes:
  done: {}
start: go
states:
  go: {say: go, options: [{id: continue, to: pick}, {id: again, to: go}]}
  pick: {offer: deal, say: deals, to: done, otherwise: stuck}
`
	const texts = "  deals: Choose.\n  deal-option: \"{deal.months} x {deal.rate}, {deal.total} in all\"\n"
	for _, tc := range []struct {
		name  string
		deals map[string]string
		want  []string // labels
		ends  string
	}{
		{"two of three fit", map[string]string{"0.months": "3", "0.rate": "400.00", "1.months": "12", "1.rate": "110.00", "2.months": "6", "2.rate": "200.00"},
			[]string{"3 x R 400,00, R 1 200,00 in all", "6 x R 200,00, R 1 200,00 in all"}, "done"},
		{"an empty list", map[string]string{}, nil, "stuck"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, inline(t, workflow, texts))
			for name, v := range tc.deals {
				k.account[name] = v
			}
			k.openProbe("case-1", nil)
			k.settle()
			k.answers("continue")
			if tc.want != nil {
				k.proves()
				k.settle()
				var got []string
				for _, o := range k.c.Prompts[thread(k.from)].Options {
					got = append(got, o.Label)
				}
				if !slices.Equal(got, tc.want) {
					t.Fatalf("offered %q, want %q\n%s", got, tc.want, k.trail())
				}
				k.says("2")
				k.settle()
				if months := k.at().Facts["deal.months"].Value; months != "6" {
					t.Errorf("chose %q months, want 6", months)
				}
			} else if k.c.Challenge != nil {
				k.proves()
				k.settle()
			}
			k.in(tc.ends)
		})
	}
}
