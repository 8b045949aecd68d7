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
	for seed := first; seed < first+n; seed++ {
		r := simulate(t, seed, "")
		t.Logf("seed %d: digest %s, %d events, %d messages, %d changes, %v passed, faults %v", seed, r.digest, r.events, r.messages, r.changes, r.passed, r.faults)
		if again := simulate(t, seed, ""); again.digest != r.digest {
			t.Errorf("seed %d: another run has digest %s, not %s", seed, again.digest, r.digest)
			_ = os.WriteFile("/tmp/scratch-proof/a", []byte(r.timeline), 0o600)
			_ = os.WriteFile("/tmp/scratch-proof/b", []byte(again.timeline), 0o600)
		}
		if n == 1 {
			t.Log("\n" + r.timeline)
		}
	}
}
