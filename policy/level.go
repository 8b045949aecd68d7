package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/message"
)

// How long evidence lasts (DESIGN.md, section 5). An end is exclusive: what lasts 24 hours is gone when 24 hours are over.
const (
	DeviceLasts = 24 * time.Hour   // from the evidence
	PersonIdle  = 30 * time.Minute // from the customer's last message
	PersonLasts = 2 * time.Hour    // from the evidence, whatever the customer has sent since
)

// Standing is how sure we are of whoever writes from one address about one customer's matter, and why.
type Standing struct {
	Level   Assurance `json:"level"`
	Because string    `json:"because"`
	// Until is when Level ends unless something new is shown; zero at Anyone, which does not end.
	Until time.Time `json:"until,omitzero"`
	// Restricted says that Level rests on a restricted possession (SMS); whoever needs a better one must ask for it.
	Restricted bool `json:"restricted,omitempty"`
}

// Level weighs the evidence for a message that came from address and concerns subject. Evidence of another address counts
// for nothing, and evidence above Device only for its own subject: people who share a phone never see each other's
// balance. Person stands only on a Device that still stands. Evidence from the future counts for nothing, and no kind
// gathered so far earns more than Person: an approval belongs to one operation and is spent with it.
//
// lastMessage is the time of the customer's last message or submitted page in that thread.
func Level(evidence []Evidence, subject string, address message.Address, now, lastMessage time.Time) Standing {
	device, ok := standing(evidence, now, func(e Evidence) (time.Time, bool) {
		return e.At.Add(DeviceLasts), e.Kind == ProviderSigned && e.Address == address && address != ""
	})
	if !ok {
		return Standing{Level: Anyone, Because: "no signed message from this address within 24 hours"}
	}
	atDevice := Standing{
		Level:      Device,
		Because:    "a provider-signed message from this address",
		Until:      device.At.Add(DeviceLasts),
		Restricted: device.Restricted,
	}
	if lastMessage.After(now) {
		return atDevice
	}
	idle := lastMessage.Add(PersonIdle)
	person, ok := standing(evidence, now, func(e Evidence) (time.Time, bool) {
		known := e.Kind == KnownFacts || e.Kind == FactAndCode
		return earliest(e.At.Add(PersonLasts), idle), known && e.Address == address && e.Subject == subject && subject != ""
	})
	if !ok {
		return atDevice
	}
	because := "two known facts and a provider-signed message, both from this address"
	if person.Kind == FactAndCode {
		because = "a known fact, a code typed in its thread and a provider-signed message, all from this address"
	}
	return Standing{
		Level:      Person,
		Because:    because,
		Until:      earliest(atDevice.Until, idle, person.At.Add(PersonLasts)),
		Restricted: device.Restricted || person.Restricted,
	}
}

// standing is the evidence that counts and lasts longest. counts says until when a piece lasts, and whether it counts at
// all. Of two that end together the first recorded is taken.
func standing(evidence []Evidence, now time.Time, counts func(Evidence) (time.Time, bool)) (best Evidence, found bool) {
	var last time.Time
	for _, e := range evidence {
		until, ok := counts(e)
		if !ok || e.At.After(now) || !now.Before(until) {
			continue
		}
		if !found || until.After(last) {
			best, last, found = e, until, true
		}
	}
	return best, found
}

// earliest is the first of the times that are set; zero where none is.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// Floors are the levels that a deployment asks for, by risk. They raise the table in Risk.Needs and never lower it.
type Floors map[Risk]Assurance

// Needs is the least assurance that r demands here: the higher of the table's and the configured one.
func (f Floors) Needs(r Risk) Assurance { return max(r.Needs(), f[r]) }

// Validate names every floor below the table's and every risk or level that does not exist. Needs is safe without it; it
// is there so that nobody believes in a floor that is not kept.
func (f Floors) Validate() error {
	var errs []error
	for r, a := range f {
		switch {
		case r < Info || int(r) >= len(risks):
			errs = append(errs, fmt.Errorf("check floors: no risk %d: use one of %v", int8(r), risks))
		case a < Anyone || int(a) >= len(assurances):
			errs = append(errs, fmt.Errorf("check floor of %q: no assurance %d: use one of %v", r, int8(a), assurances))
		case a < r.Needs():
			errs = append(errs, fmt.Errorf("check floor of %q: %q is below %q: a floor can only be raised", r, a, r.Needs()))
		}
	}
	// A map has no order, and an error that changes from run to run can't be compared.
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}
