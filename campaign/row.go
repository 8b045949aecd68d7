package campaign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// Row is one row of the audience and what is to become of it: it is refused, left out, or its case is opened.
type Row struct {
	Line    int
	Request bot.OpenRequest
	Refused *Refusal
	LeftOut string // the condition that doesn't hold, or Control

	header, cells []string
	raw           string
}

// Control is why a row is left out by chance, to compare with: it is the same rows each time.
const Control = "control"

// Refusal is why a row can't be used. It holds no value of the row.
type Refusal struct {
	Reason string // the same for all rows with this fault
	Detail string // this row's own, after it: the other line
}

func (r *Refusal) String() string {
	if r.Detail == "" {
		return r.Reason
	}
	return r.Reason + ": " + r.Detail
}

func refused(format string, args ...any) *Refusal {
	return &Refusal{Reason: fmt.Sprintf(format, args...)}
}

// reader makes rows of an audience, in one pass.
type reader struct {
	plan  *Plan
	check func(bot.OpenRequest) error
	mac   func(purpose string, parts ...string) []byte
	now   time.Time
	*audience

	seed  maphash.Seed
	refs  map[uint64]int32 // a reference's hash -> its line
	owner map[uint64]owned // an address' hash -> whose it is
}

type owned struct {
	customer uint64
	line     int32
}

// Rows are the audience's rows, once through. An error ends them: the file can't be read on.
func (l *Launcher) Rows(ctx context.Context, p *Plan) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		now, err := l.Store.Now(ctx)
		if err != nil {
			yield(Row{}, err)
			return
		}
		a, err := openAudience(p)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer a.close()
		r := &reader{
			plan: p, check: l.Bot.CheckOpen, mac: l.Store.MAC, now: now, audience: a,
			seed: maphash.MakeSeed(), refs: map[uint64]int32{}, owner: map[uint64]owned{},
		}
		for ctx.Err() == nil {
			rec, err := a.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !yield(r.row(rec), nil) {
				return
			}
		}
		yield(Row{}, ctx.Err())
	}
}

// row judges one record.
func (r *reader) row(rec record) Row {
	row := Row{Line: rec.line, Refused: rec.wrong, header: r.header, cells: rec.cells, raw: rec.raw}
	if row.Refused == nil {
		row.Refused = r.reads(rec, &row)
	}
	return row
}

// reads fills a row from its record. It is long and straight: each line is one thing that may be wrong.
func (r *reader) reads(rec record, row *Row) *Refusal {
	p, a := r.plan, r.plan.Audience
	q := bot.OpenRequest{
		Source: p.Source(), Workflow: p.workflow.Name, ID: r.cell(rec, a.Ref), Ref: r.cell(rec, a.Ref), Customer: r.cell(rec, a.Contact),
		Language: r.cell(rec, a.Language), Zone: r.cell(rec, a.Zone), Facts: map[string]string{},
	}
	for _, name := range []string{a.Ref, a.Contact, a.Language, a.Zone} {
		if v := r.cell(rec, name); v == "" {
			return refused("%s is missing", name)
		} else if len(v) > mostName || strings.ContainsFunc(v, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return refused("%s is longer than %d characters, or has some that can't be printed", name, mostName)
		}
	}
	if first, twice := r.refs[r.hash(q.Ref)]; twice {
		return &Refusal{Reason: a.Ref + " is in the file twice", Detail: fmt.Sprintf("in line %d as in line %d", rec.line, first)}
	}
	r.refs[r.hash(q.Ref)] = int32(min(rec.line, math.MaxInt32))
	zone, err := policy.Zone(q.Zone)
	if err != nil {
		return refused("%s is not a time zone: use one such as Africa/Johannesburg", a.Zone)
	}
	known, wrong := r.facts(rec, q.Facts)
	if wrong != nil {
		return wrong
	}
	for _, x := range p.conditions {
		v, err := x.Eval(fsm.Vars{Get: func(name string) (fsm.Value, bool) { v, ok := known[name]; return v, ok }, Now: r.now.In(zone), Currency: p.workflow.Currency})
		if missing := new(fsm.ErrMissing); errors.As(err, missing) {
			return refused("%s is missing: whether %s can't be judged", missing.Fact, x.Source)
		} else if err != nil {
			return refused("whether %s can't be judged", x.Source)
		}
		if !v.True() {
			row.LeftOut = x.Source
			return nil
		}
	}
	if wrong := r.addresses(rec, &q); wrong != nil {
		return wrong
	}
	if wrong := r.consent(rec, &q); wrong != nil {
		return wrong
	}
	if invalid := new(bot.Invalid); errors.As(r.check(q), &invalid) {
		return refused("%s", invalid)
	}
	if wrong := r.ours(rec, q); wrong != nil {
		return wrong
	}
	if row.Request = q; r.control(q) {
		row.LeftOut = Control
	}
	return nil
}

// mostName bounds references, as the API does.
const mostName = 128

// facts reads the case's facts into given, and with them those that conditions read.
func (r *reader) facts(rec record, given map[string]string) (map[string]fsm.Value, *Refusal) {
	known := make(map[string]fsm.Value)
	for _, columns := range []map[string]column{r.plan.facts, r.plan.judged} {
		for _, name := range slices.Sorted(maps.Keys(columns)) {
			def, c := r.plan.workflow.Facts[name], columns[name]
			text := r.cell(rec, c.name)
			if text == "" {
				continue // whether it may be missing says who needs it
			}
			if strings.ContainsFunc(text, unicode.IsControl) {
				return nil, refused("%s has a line break, or another character that can't be printed", c.name)
			}
			if def.Type == fsm.Date {
				day, err := time.Parse(c.layout, text)
				if err != nil {
					return nil, refused("%s is not a day of the form %s", c.name, c.layout)
				}
				text = day.Format(time.DateOnly)
			}
			v, err := fsm.ParseValue(def.Type, r.plan.workflow.Currency, text)
			if err != nil {
				return nil, refused("%s: %s", c.name, strings.TrimPrefix(err.Error(), fsm.ErrValue.Error()+": "))
			}
			if !def.Secret {
				known[name] = v
			}
			if _, ours := r.plan.facts[name]; ours {
				given[name] = text
			}
		}
	}
	return known, nil
}

// punctuation is what people write into numbers.
var punctuation = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "\u00a0", "")

func (r *reader) addresses(rec record, q *bot.OpenRequest) *Refusal {
	for _, kind := range r.plan.channels {
		name := r.plan.Audience.Addresses[kind]
		text := r.cell(rec, name)
		if text == "" {
			continue
		}
		if kind != "email" {
			text = punctuation.Replace(text)
		}
		address, err := message.ParseAddress(kind + ":" + text)
		if err != nil {
			_, why, _ := strings.Cut(err.Error(), message.ErrAddress.Error()+": ")
			return refused("%s: %s", name, why)
		}
		q.Addresses = append(q.Addresses, address)
	}
	if len(q.Addresses) == 0 {
		return refused("no address in it")
	}
	return nil
}

func (r *reader) consent(rec record, q *bot.OpenRequest) *Refusal {
	text := r.cell(rec, r.plan.given.name)
	if text == "" {
		return refused("no consent in %s", r.plan.given.name)
	}
	day, err := time.Parse(r.plan.given.layout, text)
	switch {
	case err != nil:
		return refused("%s is not a day of the form %s", r.plan.given.name, r.plan.given.layout)
	case day.After(r.now):
		return refused("%s is in the future", r.plan.given.name)
	}
	for _, a := range q.Addresses {
		q.Consent = append(q.Consent, policy.Consent{
			Channel: a.Channel(), Purpose: policy.Purpose(r.plan.workflow.Purpose), Given: true, Source: r.plan.Audience.Consent.Source, At: day,
		})
	}
	return nil
}

// ours refuses an address that is another customer's in this very file.
func (r *reader) ours(rec record, q bot.OpenRequest) *Refusal {
	customer := r.hash(q.Customer)
	for _, a := range q.Addresses {
		if has, taken := r.owner[r.hash(string(a))]; taken && has.customer != customer {
			return &Refusal{Reason: sharedAddress, Detail: fmt.Sprintf("in line %d as in line %d", rec.line, has.line)}
		}
	}
	for _, a := range q.Addresses {
		r.owner[r.hash(string(a))] = owned{customer, int32(min(rec.line, math.MaxInt32))}
	}
	return nil
}

const sharedAddress = "an address is another customer's too"

// control draws the share of rows that is left out, by a keyed hash of the customer: the same ones each time.
func (r *reader) control(q bot.OpenRequest) bool {
	if r.plan.Control == nil || r.plan.first[q.Ref] {
		return false
	}
	drawn := binary.BigEndian.Uint64(r.mac("control", r.plan.Name, q.Customer)) % whole
	return drawn < uint64(*r.plan.Control)
}

// whole is all of a config.Percent.
const whole = 100_000

func (r *reader) hash(s string) uint64 { return maphash.String(r.seed, s) }
