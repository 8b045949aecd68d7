// Package campaign turns a file and a CSV audience into cases, and does nothing else: each row becomes one event, which opens
// a case as the bank's own trigger would. What is sent, when and to whom is decided where it always is.
//
// It promises:
//
//   - A row is enrolled once: launched twice, or again after a crash half-way, nobody has two cases.
//   - No row is lost silently. Each is enrolled, was enrolled before, is left out by a condition or as control, or is written
//     to a file with the reason; and a row that can't be used never stops those behind it.
//   - A key that this release can't honour is refused, not ignored.
//   - Memory holds a few words for each row, to find what is in the file twice, and never the file.
package campaign

import (
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
)

// File is a campaign's file, as it is written.
type File struct {
	Name     string          `yaml:"campaign"`
	Workflow string          `yaml:"workflow"`
	Audience Audience        `yaml:"audience"`
	Texts    any             `yaml:"texts"`
	Pace     Pace            `yaml:"pace"`
	StopWhen any             `yaml:"stop-when"`
	Control  *config.Percent `yaml:"control"`
	TryFirst []string        `yaml:"try-first"`

	path   string
	places config.Places
}

// Audience says where the rows are and what their columns mean.
type Audience struct {
	CSV       string            `yaml:"csv"`     // beside the campaign's file
	Ref       string            `yaml:"ref"`     // the column with the bank's reference of the matter
	Contact   string            `yaml:"contact"` // that of the person
	Where     []string          `yaml:"where"`
	Addresses map[string]string `yaml:"addresses"` // sms, whatsapp, email -> column
	Language  string            `yaml:"language"`
	Zone      string            `yaml:"zone"`
	Consent   Consent           `yaml:"consent"`
	Facts     map[string]string `yaml:"facts"` // fact -> column, or column:layout of a date
}

// Consent says where the bank has each customer's consent from, without which nobody is written to.
type Consent struct {
	Source string `yaml:"source"` // in words, for the consent ledger
	Given  string `yaml:"given"`  // the column with the day, or column:layout; a row without a day is refused
}

// Pace is how fast people are written to.
type Pace struct {
	Rate  config.Rate `yaml:"rate"`
	Hours string      `yaml:"hours"` // pack: as the rules say, which they do anyway
	From  Day         `yaml:"from"`  // of UTC, as until
	Until Day         `yaml:"until"` // the last one
}

// Day is a day of the calendar, 2026-11-02; empty where there is none.
type Day string

// UnmarshalText reads 2026-11-02.
func (d *Day) UnmarshalText(b []byte) error {
	if _, err := time.Parse(time.DateOnly, string(b)); err != nil {
		return fmt.Errorf("not a day: write it as 2026-11-02")
	}
	*d = Day(b)
	return nil
}

var campaignName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Read reads a campaign's file. What is wrong with it is fsm.Problems, all at once.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read campaign: %w: name a campaign's file, such as campaigns/overdue.yaml", err)
	}
	return Parse(path, data)
}

// Parse reads a campaign's file from memory. Its audience is beside path.
func Parse(path string, data []byte) (*File, error) {
	f := &File{path: path}
	places, err := config.Strict(path, data, f)
	if err != nil {
		return nil, err
	}
	f.places = places
	var ps fsm.Problems
	add := func(at, format string, args ...any) { ps = append(ps, places.Problem(at, format, args...)) }
	for at, value := range map[string]string{
		"campaign": f.Name, "workflow": f.Workflow, "audience.csv": f.Audience.CSV, "audience.ref": f.Audience.Ref,
		"audience.contact": f.Audience.Contact, "audience.language": f.Audience.Language, "audience.zone": f.Audience.Zone,
		"audience.consent.source": f.Audience.Consent.Source, "audience.consent.given": f.Audience.Consent.Given,
	} {
		if value == "" {
			add(at, "%s is missing%s", at, meant[at])
		}
	}
	if f.Name != "" && !campaignName.MatchString(f.Name) {
		add("campaign", "a campaign's name has small letters, digits and dashes: november-overdue")
	}
	if len(f.Audience.Addresses) == 0 {
		add("audience.addresses", "audience.addresses is missing: which columns are the addresses in?")
	}
	for _, key := range []string{"texts", "stop-when"} {
		if places.Has(key) {
			add(key, "%s is not supported in this release: leave it out", key)
		}
	}
	if places.Has("pace.hours") && f.Pace.Hours != "pack" {
		add("pace.hours", "hours other than pack are not supported in this release: write pack, or leave it out")
	}
	if f.Pace.From != "" && f.Pace.Until != "" && f.Pace.Until < f.Pace.From {
		add("pace.until", "until is before from")
	}
	return f, ps.Err()
}

// meant ends what is said of a key that is missing.
var meant = map[string]string{
	"audience.consent.source": ": where does the bank have the consent from? Nobody is written to without one",
	"audience.consent.given":  ": which column is the day of the consent in? Nobody is written to without one",
	"audience.language":       ": which column is each customer's language in?",
	"audience.zone":           ": which column is each customer's time zone in?",
}

// Source is the source of the campaign's cases.
func (f *File) Source() string { return source + f.Name }
