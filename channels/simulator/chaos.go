package simulator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/internal/nearest"
)

// Chaos is how a network misbehaves: shares from 0 to 1. What can befall one send excludes each other, so that Throttle,
// Ambiguous and Fail are at most 1 together.
type Chaos struct {
	Throttle  float64 // of sends: refused, too many
	Ambiguous float64 // of sends: the answer is lost; half of them were taken, half were not
	Fail      float64 // of sends: taken, and never delivered
	Duplicate float64 // of webhooks: they come two to four times
	Reorder   float64 // of webhooks: they are overtaken by what follows; and of sends: their receipts come before their answer
	// Delay is the longest that a message or a webhook is late. By itself it changes no order.
	Delay time.Duration
}

// overtaken is how long a webhook is held back at most, to let others pass.
const overtaken = 5 * time.Second

// longestDelay is Twilio's longest validity: what is later than that arrives in no case.
const longestDelay = 10 * time.Hour

// share is one of Chaos's shares, by its name in a flag.
type share struct {
	name string
	of   *float64
}

func (c *Chaos) shares() []share {
	return []share{
		{"throttle", &c.Throttle}, {"ambiguous", &c.Ambiguous}, {"fail", &c.Fail}, {"duplicate", &c.Duplicate}, {"reorder", &c.Reorder},
	}
}

// String writes c as ParseChaos reads it; nothing where it behaves.
func (c Chaos) String() string {
	var parts []string
	for _, s := range c.shares() {
		if *s.of != 0 {
			percent := strings.TrimRight(strconv.FormatFloat(*s.of*100, 'f', 10, 64), "0")
			parts = append(parts, s.name+"="+strings.TrimSuffix(percent, ".")+"%")
		}
	}
	if c.Delay != 0 {
		parts = append(parts, "delay="+c.Delay.String())
	}
	return strings.Join(parts, ",")
}

// ParseChaos reads throttle=5%,duplicate=20%,delay=30s. What isn't named doesn't happen; nothing at all is no chaos.
func ParseChaos(s string) (Chaos, error) {
	var c Chaos
	if strings.TrimSpace(s) == "" {
		return c, nil
	}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(s, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || value == "" {
			return Chaos{}, fmt.Errorf("read chaos: %q: write it as throttle=5%% or delay=30s, with commas between", strings.TrimSpace(part))
		}
		if seen[name] {
			return Chaos{}, fmt.Errorf("read chaos: %s is given twice", name)
		}
		seen[name] = true
		if err := c.set(name, value); err != nil {
			return Chaos{}, fmt.Errorf("read chaos: %w", err)
		}
	}
	if c.Throttle+c.Ambiguous+c.Fail > 1 {
		return Chaos{}, errors.New("read chaos: throttle, ambiguous and fail are more than 100% together: one send suffers one of them")
	}
	return c, nil
}

func (c *Chaos) set(name, value string) error {
	known := []string{"delay"}
	for _, s := range c.shares() {
		if s.name == name {
			v, err := parseShare(value)
			if err != nil {
				return fmt.Errorf("%s=%s: %w", name, value, err)
			}
			*s.of = v
			return nil
		}
		known = append(known, s.name)
	}
	if name == "delay" {
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 || d > longestDelay {
			return fmt.Errorf("delay=%s: want a time such as 30s or 5m, 10h at most", value)
		}
		c.Delay = d
		return nil
	}
	near := nearest.Name(name, known)
	if near != "" {
		near = ", did you mean " + near + "?"
	}
	return fmt.Errorf("nothing is called %q%s: there are throttle, ambiguous, fail, duplicate, reorder and delay", name, near)
}

// parseShare reads 5%. The digits are read as hundredths, not divided: so 0.9% is what 0.009 is, to the last bit.
func parseShare(s string) (float64, error) {
	digits, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(digits+"e-2", 64)
	if err != nil || !percent || v < 0 || v > 1 {
		return 0, errors.New("want a share from 0% to 100%, such as 5%")
	}
	return v, nil
}

// Fault is what befalls one send.
type Fault int

// The faults.
const (
	NoFault     Fault = iota
	Throttle          // refused: too many
	Refuse            // refused: the message
	Stop              // refused: the account
	LoseRequest       // not taken, and no answer
	LoseAnswer        // taken, and no answer
	Lose              // taken, and never delivered
	Silence           // not taken, and no answer as long as the caller waits
)

// fault is what befalls the next send to p; mu is held.
func (n *Network) fault(p *phone) Fault {
	if len(p.planned) > 0 {
		f := p.planned[0]
		p.planned = p.planned[1:]
		return f
	}
	c := n.chaos
	if c.Throttle+c.Ambiguous+c.Fail == 0 {
		return NoFault
	}
	switch x := p.chance.Float64(); {
	case x < c.Throttle:
		return Throttle
	case x < c.Throttle+c.Ambiguous/2:
		return LoseRequest
	case x < c.Throttle+c.Ambiguous:
		return LoseAnswer
	case x < c.Throttle+c.Ambiguous+c.Fail:
		return Lose
	}
	return NoFault
}

// hit says whether something with a chance happens now; mu is held.
func (p *phone) hit(chance float64) bool { return chance > 0 && p.chance.Float64() < chance }

// upTo is a time from nothing to d; mu is held.
func (p *phone) upTo(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(p.chance.Int64N(int64(d)))
}
