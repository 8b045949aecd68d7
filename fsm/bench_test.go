package fsm

import "testing"

// BenchmarkStep steps what a walk met: replies to what was asked, words that nobody understands, timers, results, receipts,
// news from systems.
func BenchmarkStep(b *testing.B) {
	lib := shippedLibrary(b)
	type met struct {
		c Conversation
		e Event
	}
	var all []met
	for seed := uint64(1); len(all) < 4000; seed += 2 { // the quiet walks
		k := newWalk(b, lib, seed, &visited{places: map[string]map[string]bool{}, options: map[string]map[string]bool{}})
		for range 40 {
			e := k.next()
			commit, err := Step(lib, k.c, e)
			if err != nil {
				continue
			}
			all = append(all, met{k.c, e})
			k.c = commit.Conversation
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m := &all[i%len(all)]
		if _, err := Step(lib, m.c, m.e); err != nil {
			b.Fatal(err)
		}
	}
}
