package policy

import (
	"strings"
	"time"
)

// Verdict is what Decide says. Its zero value refuses.
type Verdict int8

// The verdicts.
const (
	Refuse Verdict = iota // never, as things stand
	Hold                  // not now: ask again at Until
	Allow                 // now
)

var verdicts = []string{"refuse", "hold", "allow"}

func (v Verdict) String() string { return nameOf(verdicts, int(v)) }

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the verdict's name.
func (v *Verdict) UnmarshalText(b []byte) error {
	i, err := indexOf("verdict", verdicts, string(b))
	if err == nil {
		*v = Verdict(i)
	}
	return err
}

// Decision says whether a message may be sent, and why. It is journalled as it is, for every send and every suppression,
// and holds nothing that identifies anybody.
type Decision struct {
	Verdict Verdict `json:"verdict"`
	// Until is, of a hold, the first instant at which nothing forbids the message: ask again then. Of an allow it is the
	// end of what is permitted (closing time, the end of a session window), for the provider's validity; zero has no end.
	Until   time.Time `json:"until,omitzero"`
	Rules   []string  `json:"rules"`   // the IDs of the rules that decided, at least one
	Because []string  `json:"because"` // in words for the audit log, one for each of Rules
}

// String is the decision on one line.
func (d Decision) String() string {
	var b strings.Builder
	b.WriteString(d.Verdict.String())
	if !d.Until.IsZero() {
		b.WriteString(" until " + d.Until.UTC().Format(time.RFC3339))
	}
	separator := ": "
	for i, rule := range d.Rules {
		b.WriteString(separator + rule)
		separator = "; "
		if i < len(d.Because) {
			b.WriteString(" (" + d.Because[i] + ")")
		}
	}
	return b.String()
}

// add records a rule that had its say.
func (d *Decision) add(rule, because string) {
	d.Rules, d.Because = append(d.Rules, rule), append(d.Because, because)
}

func refuse(rule, because string) Decision {
	return Decision{Verdict: Refuse, Rules: []string{rule}, Because: []string{because}}
}
