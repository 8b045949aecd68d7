package simulator_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/settle-chat/settle/channels/simulator"
)

func TestParseChaos(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]simulator.Chaos{
		"":                                    {},
		" ":                                   {},
		"throttle=5%,duplicate=20%,delay=30s": {Throttle: 0.05, Duplicate: 0.2, Delay: 30 * time.Second},
		" fail = 0.5% , reorder=100%":         {Fail: 0.005, Reorder: 1},
		"ambiguous=7%":                        {Ambiguous: 0.07},
		"throttle=50%,ambiguous=25%,fail=25%": {Throttle: 0.5, Ambiguous: 0.25, Fail: 0.25},
	} {
		got, err := simulator.ParseChaos(in)
		if err != nil || got != want {
			t.Errorf("ParseChaos(%q) = %+v, %v, want %+v", in, got, err, want)
		}
	}
}

func TestParseChaosSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"trottle=5%":                         `"trottle", did you mean throttle?`,
		"whatever=5%":                        "there are throttle, ambiguous, fail, duplicate, reorder and delay",
		"throttle":                           "write it as throttle=5%",
		"throttle=":                          "write it as throttle=5%",
		"throttle=5%,":                       "with commas between",
		"throttle=5":                         "such as 5%",
		"fail=101%":                          "from 0% to 100%",
		"fail=-1%":                           "from 0% to 100%",
		"fail=NaN%":                          "from 0% to 100%",
		"delay=30":                           "such as 30s",
		"delay=-1s":                          "such as 30s",
		"delay=11h":                          "10h at most",
		"fail=1%,fail=2%":                    "fail is given twice",
		"throttle=50%,ambiguous=50%,fail=1%": "more than 100% together",
	} {
		if got, err := simulator.ParseChaos(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseChaos(%q) = %+v, %v, want an error that says %q", in, got, err, want)
		}
	}
}

func TestChaosIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 333).Draw(t, "tenths")) / 1000 })
		want := simulator.Chaos{
			Throttle: share.Draw(t, "throttle"), Ambiguous: share.Draw(t, "ambiguous"), Fail: share.Draw(t, "fail"),
			Duplicate: share.Draw(t, "duplicate"), Reorder: share.Draw(t, "reorder"),
			Delay: time.Duration(rapid.Int64Range(0, int64(10*time.Hour)).Draw(t, "delay")),
		}
		if got, err := simulator.ParseChaos(want.String()); err != nil || got != want {
			t.Errorf("ParseChaos(%q) = %+v, %v, want %+v", want.String(), got, err, want)
		}
	})
}

// Each kind of chaos happens, about as often as asked, and none that wasn't asked for.
func TestChaosHappens(t *testing.T) {
	t.Parallel()
	const sends = 2000
	for name, tc := range map[string]struct {
		chaos simulator.Chaos
		want  float64
		count func(b *bench, errs map[string]int) int
	}{
		"throttle":  {simulator.Chaos{Throttle: 0.2}, 0.2, func(_ *bench, errs map[string]int) int { return errs["throttled"] }},
		"ambiguous": {simulator.Chaos{Ambiguous: 0.2}, 0.2, func(_ *bench, errs map[string]int) int { return errs["unknown"] }},
		"taken":     {simulator.Chaos{Ambiguous: 0.2}, 0.9, func(b *bench, _ map[string]int) int { return b.net.Counts().Accepted }},
		"fail":      {simulator.Chaos{Fail: 0.2}, 0.2, func(b *bench, _ map[string]int) int { return b.net.Counts().Failed }},
		"duplicate": {simulator.Chaos{Duplicate: 0.2}, 2 * 0.4, func(b *bench, _ map[string]int) int { return len(b.told()) - 2*sends }},
		"nothing":   {simulator.Chaos{}, 0, func(b *bench, errs map[string]int) int { return len(b.told()) - 2*sends + len(errs) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulator.Options{Chaos: tc.chaos, Seed: 7})
			errs := make(map[string]int)
			for i := range sends {
				if _, err := b.net.Channel("sms").Send(t.Context(), outbound(thandi, word(i), "hello")); err != nil {
					errs[errorName(err)]++
				}
			}
			b.settle()
			if got := float64(tc.count(b, errs)) / sends; got < tc.want*0.8 || got > tc.want*1.2 {
				t.Errorf("share = %.3f of %d sends, want about %.3f; errors %v", got, sends, tc.want, errs)
			}
		})
	}
}
