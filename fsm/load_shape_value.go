package fsm

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/settle-chat/settle/internal/nearest"
)

var amountForm = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?$`)

// value checks a single value.
func (c *conformer) value(n node, s *shape, what string) {
	switch {
	case !n.isScalar():
		c.problem(n.at(), "shape", "write "+s.expected(), "%s must be one value", what)
	case strings.TrimSpace(n.Value) == "":
		c.problem(n.at(), "shape", "write "+s.expected(), "%s is empty", what)
	case s.accepts(n):
	case s.sort == enumShape:
		hint := didYouMean(n.Value, s.values)
		c.problem(n.at(), "unknown-name", hint.clause(), "%s can't be %q", what, n.Value)
		if best := nearest.Name(n.Value, s.values); best != "" && surely(n.Value, best) && !c.dry {
			n.Value = best
		}
	default:
		quoted := n.Value
		if isText(n) {
			quoted = strconv.Quote(n.Value)
		}
		c.problem(n.at(), "shape", "write "+s.expected(), "%s can't be %s", what, quoted)
	}
}

func isText(n node) bool { return n.Tag == "!!str" || n.Tag == "!!timestamp" }

// accepts judges a value that is there. FileSchema says the same.
func (s *shape) accepts(n node) bool {
	switch s.sort {
	case nameShape:
		return isText(n) && s.rule.allows(n.Value)
	case durationShape:
		return isText(n) && len(n.Value) >= 2 && durationForm.MatchString(n.Value)
	case countShape:
		v, err := strconv.Atoi(n.Value)
		return n.Tag == "!!int" && err == nil && v >= 1 && v <= s.most
	case flagShape:
		return n.Tag == "!!bool"
	case enumShape:
		return isText(n) && slices.Contains(s.values, n.Value)
	case amountShape:
		return n.Tag == "!!int" && !strings.HasPrefix(n.Value, "-") || isText(n) && amountForm.MatchString(n.Value)
	case valueShape:
		return n.Tag != "!!float"
	}
	return true
}

func (r *nameRule) allows(name string) bool {
	return r.pattern.MatchString(name) && !slices.Contains(r.reserved, name)
}
