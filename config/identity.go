package config

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/settle-chat/settle/policy"
)

// What this release does (fsm, identity/code) beside what it may never fall below (DESIGN.md, section 5). Where a file asks
// for more than this release can do, it is told so: a limit that is accepted and not kept would be worse than none.
func (i Identity) check(k checker) {
	k.least("identity.facts.ask", "known facts asked together", i.Facts.Ask, 2, 2)
	k.most("identity.facts.wrong.in_24h", "wrong facts in 24 hours", i.Facts.Wrong.InDay, 3, 3)
	k.most("identity.facts.wrong.in_30d", "wrong facts in 30 days", i.Facts.Wrong.InMonth, 10, 10)
	k.least("identity.codes.page_digits", "digits of a code on a page", i.Codes.PageDigits, 8, 8)
	k.least("identity.codes.thread_digits", "digits of a code in a thread", i.Codes.ThreadDigits, 6, 6)
	k.most("identity.codes.tries", "tries of a code", i.Codes.Tries, 5, 5)
	k.most("identity.codes.per_address", "codes to one address in a day", int(i.Codes.PerAddress), 5, 5)
	switch ttl := i.Codes.TTL; {
	case ttl > 10*time.Minute:
		k.at("identity.codes.ttl", "codes that last %s: 600s is the longest, it can only be made stricter", ttl)
	case ttl != 5*time.Minute:
		k.at("identity.codes.ttl", "codes that last %s: this release's last 5m, leave it at that", ttl)
	}
	for n, country := range i.Codes.Countries {
		if !countryForm.MatchString(country) {
			k.at(index("identity.codes.countries", n), "%s is not a country: write its two letters, such as ZA", k.value(index("identity.codes.countries", n), country))
		}
	}
	for _, risk := range slices.Sorted(maps.Keys(i.Floors)) {
		level, path := i.Floors[risk], "identity.floors."+risk.String()
		switch {
		case level < risk.Needs():
			k.at(path, "%s needs %s at least: it can only be made stricter", risk, risk.Needs())
		case level > policy.Person && risk.Needs() <= policy.Person:
			k.at(path, "%s for %s: this release has no check that gives more than person", level, risk)
		}
	}
}

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

func (k checker) least(path, what string, have, floor, ours int) {
	switch {
	case have < floor:
		k.at(path, "%s: %d is below the floor of %d, which can only be made stricter", what, have, floor)
	case have != ours:
		k.at(path, "%s: this release has %d, leave it at that", what, ours)
	}
}

func (k checker) most(path, what string, have, floor, ours int) {
	switch {
	case have > floor:
		k.at(path, "%s: %d is more than the %d allowed, which can only be made stricter", what, have, floor)
	case have != ours:
		k.at(path, "%s: this release has %d, leave it at that", what, ours)
	}
}
