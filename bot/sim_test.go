package bot_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// simSeeds are the seeds of one test: fewer where time is short. SIM_SEED=17 runs that one alone, and tells what happened.
func simSeeds(short, long int) (seeds []uint64) {
	if one, err := strconv.ParseUint(os.Getenv("SIM_SEED"), 10, 64); err == nil {
		return []uint64{one}
	}
	n := short
	switch {
	case proof():
		n = long
	case raced, testing.Short():
		n = max(1, short/4)
	}
	for i := range n {
		seeds = append(seeds, uint64(i+1))
	}
	return seeds
}

// Processes, Redis, providers, systems of record and customers, all in one bubble of fake time, with crashes, frozen
// processes, cut connections, lost, late and doubled calls and a clock that jumps: every promise holds at the end.
// One seed is one run: SIM_SEED=17 go test ./bot -run 'TestSimulation$' -v prints what happened in it.
func TestSimulation(t *testing.T) {
	sum := simSum{faults: make(map[string]int)}
	began := time.Now()
	for _, seed := range simSeeds(6, 500) {
		r := simulate(t, seed, "")
		sum.add(r)
		if len(r.violations) > 0 || os.Getenv("SIM_SEED") != "" {
			t.Logf("seed %d, digest %s: what happened\n%s", seed, r.digest, r.timeline)
		}
		for _, v := range r.violations {
			t.Errorf("seed %d: %s", seed, v)
		}
	}
	t.Logf("FIGURES %s, in %s", sum, time.Since(began).Round(time.Second))
}

// The same seed is the same run: what was sent, written and journalled, and when.
func TestSimulationIsTheSameAgain(t *testing.T) {
	same := 0
	seeds := simSeeds(1, 20)
	for _, seed := range seeds {
		one, two := simulate(t, seed, ""), simulate(t, seed, "")
		if one.digest == two.digest {
			same++
			continue
		}
		t.Errorf("seed %d: digest = %s, and %s when run again; they part at\n%s", seed, one.digest, two.digest, parting(one.timeline, two.timeline))
	}
	t.Logf("FIGURES %d of %d seeds gave the same digest twice", same, len(seeds))
}

// parting shows the first lines in which two timelines differ.
func parting(one, two string) string {
	a, b := strings.Split(one, "\n"), strings.Split(two, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%s\n%s", a[i], b[i])
		}
	}
	return "nothing that is told"
}

// The simulation notices: with a guarantee taken away some seed is red, and soon.
func TestSimulationNotices(t *testing.T) {
	mutants := []simMutant{noDedupe, noClaims}
	if proof() {
		mutants = append(mutants, noGate, noEpoch, noWait, doubtIsNo, keyEachTime)
	}
	for _, m := range mutants {
		t.Run(string(m), func(t *testing.T) {
			for _, seed := range simSeeds(12, 100) {
				if r := simulate(t, seed, m); len(r.violations) > 0 {
					t.Logf("FIGURES %s: red at seed %d", m, seed)
					t.Logf("%.300s", r.violations[0])
					return
				}
			}
			t.Error("every seed is green")
		})
	}
}

// simSum adds up runs.
type simSum struct {
	seeds, events, messages, changes, violations int
	passed                                       time.Duration
	faults                                       map[string]int
}

func (s *simSum) add(r simResult) {
	s.seeds++
	s.events += r.events
	s.messages += r.messages
	s.changes += r.changes
	s.violations += len(r.violations)
	s.passed += r.passed
	for kind, n := range r.faults {
		s.faults[kind] += n
	}
}

func (s simSum) String() string {
	all := 0
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(s.faults)) {
		all += s.faults[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, s.faults[kind]))
	}
	return fmt.Sprintf("%d seeds, %d events, %d messages, %d writebacks, %d simulated days, %d faults (%s), %d violations",
		s.seeds, s.events, s.messages, s.changes, int(s.passed.Hours()/24), all, strings.Join(kinds, ", "), s.violations)
}
