package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

const (
	ours   = message.Address("sms:+27821234521")
	others = message.Address("sms:+27821234522")
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// aged is one choice in the matrix, and whether it is good enough.
type aged struct {
	age  time.Duration
	good bool
}

func around(lasts time.Duration) []aged {
	return []aged{{0, true}, {lasts - 1, true}, {lasts, false}, {lasts + 1, false}, {-1, false}}
}

func TestLevelMatrix(t *testing.T) {
	t.Parallel()
	kinds := []struct {
		kind   policy.EvidenceKind
		person bool
	}{{policy.KnownFacts, true}, {policy.FactAndCode, true}, {policy.ProviderSigned, false}, {"passkey", false}, {"", false}}
	subjects := []struct {
		shown, asked string
		good         bool
	}{{"C-1", "C-1", true}, {"C-2", "C-1", false}, {"", "C-1", false}, {"C-1", "", false}, {"", "", false}}
	addresses := []struct {
		from, asked message.Address
		good        bool
	}{{ours, ours, true}, {others, ours, false}, {"", ours, false}, {"", "", false}}

	rows := 0
	for _, device := range around(24 * time.Hour) {
		for _, thread := range addresses {
			for _, kind := range kinds {
				for _, subject := range subjects {
					for _, from := range []message.Address{ours, others, ""} {
						for _, fact := range around(2 * time.Hour) {
							for _, silence := range around(30 * time.Minute) {
								rows++
								evidence := []policy.Evidence{
									{Kind: kind.kind, Subject: subject.shown, Address: from, At: noon.Add(-fact.age)},
									{Kind: policy.ProviderSigned, Address: thread.from, At: noon.Add(-device.age)},
								}
								want := policy.Anyone
								if device.good && thread.good || kind.kind == policy.ProviderSigned && from == thread.asked && from != "" && fact.age >= 0 {
									want = policy.Device
								}
								if want == policy.Device && kind.person && subject.good && from == thread.asked && fact.good && silence.good {
									want = policy.Person
								}
								got := policy.Level(evidence, subject.asked, thread.asked, noon, noon.Add(-silence.age))
								if got.Level != want {
									t.Errorf("Level(%v %q from %v aged %v, device %v aged %v; %q at %v, silent %v) = %v (%s), want %v", kind.kind,
										subject.shown, from, fact.age, thread.from, device.age, subject.asked, thread.asked, silence.age, got.Level, got.Because, want)
								}
								if got.Because == "" || (got.Level == policy.Anyone) != got.Until.IsZero() {
									t.Errorf("Level = %+v, want a reason, and an end unless it is anyone", got)
								}
								if !got.Until.IsZero() && !got.Until.After(noon) {
									t.Errorf("Level(...).Until = %v, want after %v", got.Until, noon)
								}
							}
						}
					}
				}
			}
		}
	}
	if want := 5 * 4 * 5 * 5 * 3 * 5 * 5; rows != want {
		t.Errorf("the matrix has %d rows, want %d", rows, want)
	}
}

// TestLevelEndsWhenItSays asks again at Until: just before it the level stands, and at it it has fallen.
func TestLevelEndsWhenItSays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ device, fact, silence, left time.Duration }{
		"silence first":  {time.Hour, time.Hour, 10 * time.Minute, 20 * time.Minute},
		"evidence first": {time.Hour, 115 * time.Minute, time.Minute, 5 * time.Minute},
		"device first":   {24*time.Hour - time.Minute, time.Minute, 0, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			evidence := []policy.Evidence{
				{Kind: policy.ProviderSigned, Address: ours, At: noon.Add(-tc.device)},
				{Kind: policy.KnownFacts, Subject: "C-1", Address: ours, At: noon.Add(-tc.fact)},
			}
			last := noon.Add(-tc.silence)
			got := policy.Level(evidence, "C-1", ours, noon, last)
			if want := noon.Add(tc.left); got.Level != policy.Person || !got.Until.Equal(want) {
				t.Fatalf("Level = %v until %v, want person until %v", got.Level, got.Until, want)
			}
			if again := policy.Level(evidence, "C-1", ours, got.Until.Add(-1), last); again.Level != policy.Person {
				t.Errorf("just before Until: Level = %v, want person", again.Level)
			}
			if again := policy.Level(evidence, "C-1", ours, got.Until, last); again.Level >= policy.Person {
				t.Errorf("at Until: Level = %v, want less than person", again.Level)
			}
		})
	}
}

func TestLevelTakesWhatLastsLongest(t *testing.T) {
	t.Parallel()
	evidence := []policy.Evidence{
		{Kind: policy.ProviderSigned, Address: ours, At: noon.Add(-20 * time.Hour)},
		{Kind: policy.ProviderSigned, Address: ours, At: noon.Add(-time.Hour)},
		{Kind: policy.ProviderSigned, Address: ours, At: noon.Add(-23 * time.Hour)},
	}
	got := policy.Level(evidence, "C-1", ours, noon, noon)
	if want := noon.Add(23 * time.Hour); !got.Until.Equal(want) {
		t.Errorf("Level.Until = %v, want %v", got.Until, want)
	}
}

func TestLevelRestrictedStays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ device, fact, want bool }{
		"neither": {false, false, false}, "device": {true, false, true}, "fact": {false, true, true}, "both": {true, true, true},
	} {
		evidence := []policy.Evidence{
			{Kind: policy.ProviderSigned, Address: ours, At: noon, Restricted: tc.device},
			{Kind: policy.FactAndCode, Subject: "C-1", Address: ours, At: noon, Restricted: tc.fact},
		}
		if got := policy.Level(evidence, "C-1", ours, noon, noon); got.Level != policy.Person || got.Restricted != tc.want {
			t.Errorf("%s: Level = %v, restricted %v, want person, restricted %v", name, got.Level, got.Restricted, tc.want)
		}
		if got := policy.Level(evidence, "C-2", ours, noon, noon); got.Level != policy.Device || got.Restricted != tc.device {
			t.Errorf("%s: Level = %v, restricted %v, want device, restricted %v", name, got.Level, got.Restricted, tc.device)
		}
	}
}

func TestFloors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		floors policy.Floors
		risk   policy.Risk
		want   policy.Assurance
		wrong  []string
	}{
		"none":          {nil, policy.Money, policy.Approval, nil},
		"raised":        {policy.Floors{policy.Info: policy.Person}, policy.Info, policy.Person, nil},
		"same":          {policy.Floors{policy.PayIn: policy.Person}, policy.PayIn, policy.Person, nil},
		"lowered":       {policy.Floors{policy.Money: policy.Device}, policy.Money, policy.Approval, []string{`"money"`, `"device"`, `"approval"`}},
		"two lowered":   {policy.Floors{policy.Service: policy.Anyone, policy.Identity: 0}, policy.Service, policy.Device, []string{`"service"`, `"identity"`}},
		"no such risk":  {policy.Floors{policy.Risk(9): policy.Passkey}, policy.Info, policy.Anyone, []string{"no risk 9"}},
		"no such level": {policy.Floors{policy.Info: policy.Assurance(9)}, policy.Info, policy.Assurance(9), []string{"no assurance 9"}},
		"unknown risk":  {nil, policy.Risk(9), policy.Approval, nil},
	} {
		if got := tc.floors.Needs(tc.risk); got != tc.want {
			t.Errorf("%s: Needs(%v) = %v, want %v", name, tc.risk, got, tc.want)
		}
		err := tc.floors.Validate()
		if (err != nil) != (tc.wrong != nil) {
			t.Errorf("%s: Validate() = %v, want an error: %v", name, err, tc.wrong != nil)
		}
		for _, w := range tc.wrong {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("%s: Validate() = %v, want it to name %s", name, err, w)
			}
		}
	}
}
