package bot_test

import (
	"os"
	"strconv"
	"testing"
)

func TestSimulation(t *testing.T) {
	first, n := uint64(1), uint64(20)
	if s := os.Getenv("SIM_SEED"); s != "" {
		first, _ = strconv.ParseUint(s, 10, 64)
		n = 1
	}
	if s := os.Getenv("SIM_N"); s != "" {
		n, _ = strconv.ParseUint(s, 10, 64)
	}
	for seed := first; seed < first+n; seed++ {
		r := simulate(t, seed, simMutant(os.Getenv("SIM_MUTANT")))
		t.Logf("seed %d: digest %s, %d events, %d messages, %d changes, %v passed, faults %v", seed, r.digest, r.events, r.messages, r.changes, r.passed, r.faults)
		for _, v := range r.violations {
			t.Errorf("seed %d: %.400s", seed, v)
		}
		if n == 1 {
			t.Log("\n" + r.timeline)
		}
	}
}

func TestSimulationMutants(t *testing.T) {
	for _, m := range []simMutant{noDedupe, noClaims, noGate, noEpoch, noWait, doubtIsNo, keyEachTime} {
		t.Run(string(m), func(t *testing.T) {
			for seed := uint64(1); seed <= 100; seed++ {
				r := simulate(t, seed, m)
				if len(r.violations) > 0 {
					t.Logf("red at seed %d: %.300s", seed, r.violations[0])
					return
				}
			}
			t.Errorf("green over 100 seeds")
		})
	}
}
