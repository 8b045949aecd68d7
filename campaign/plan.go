package campaign

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
)

const source = bot.CampaignSource

// Plan is a campaign's file and the workflow that it opens, found to fit.
type Plan struct {
	*File
	workflow   *fsm.Workflow
	conditions []*fsm.Expr
	facts      map[string]column // for the case
	judged     map[string]column // facts that conditions read and the case isn't given: columns of their names
	given      column
	channels   []string // the audience's kinds of addresses, as the workflow reaches for them
	first      map[string]bool
}

// column is a column and, for dates, how they are written in it.
type column struct{ name, layout string }

func columnOf(s string) column {
	name, layout, ok := strings.Cut(s, ":")
	if !ok {
		layout = time.DateOnly
	}
	return column{name, layout}
}

// sound says whether a layout tells each day from every other.
func (c column) sound() bool {
	day := time.Date(1987, 11, 23, 0, 0, 0, 0, time.UTC)
	read, err := time.Parse(c.layout, day.Format(c.layout))
	return err == nil && read.Equal(day)
}

// Bind finds the file's workflow and checks that the two fit. channels are those that are configured. What is wrong is
// fsm.Problems, all at once.
func (f *File) Bind(library *fsm.Library, channels []string) (*Plan, error) {
	var ps fsm.Problems
	add := func(at, format string, args ...any) { ps = append(ps, f.places.Problem(at, format, args...)) }
	w := library.Named(f.Workflow)
	if w == nil {
		add("workflow", "there is no workflow %q: %s", f.Workflow, config.DidYouMean(f.Workflow, slices.Collect(maps.Keys(library.All()))))
		return nil, ps
	}
	p := &Plan{File: f, workflow: w, facts: map[string]column{}, judged: map[string]column{}, first: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(f.Audience.Facts)) {
		at, def := "audience.facts."+name, w.Facts[name]
		c := columnOf(f.Audience.Facts[name])
		switch {
		case def == nil:
			add(at, "workflow %s has no fact %q: %s", w.Name, name, config.DidYouMean(name, slices.Collect(maps.Keys(w.Facts))))
		case def.Is != nil:
			add(at, "fact %s is computed: give the facts that it is computed from", name)
		case def.From == "customer":
			add(at, "fact %s is asked of the customer: leave it out", name)
		case strings.Contains(def.From, "."):
			add(at, "fact %s is looked up with %s when the case opens: leave it out", name, def.From)
		case def.Type != fsm.Date && strings.Contains(f.Audience.Facts[name], ":"):
			add(at, "fact %s is a %s: only a date has a layout", name, def.Type)
		case def.Type == fsm.Date && !c.sound():
			add(at, "%q is no date's layout: write the second of January 2006 as the file does, 02/01/2006", c.layout)
		default:
			p.facts[name] = c
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Facts)) {
		if def := w.Facts[name]; def.From == "trigger" && !def.Secret && f.Audience.Facts[name] == "" {
			add("audience.facts", "fact %s of workflow %s is missing: which column is it in?", name, w.Name)
		}
	}
	if p.given = columnOf(f.Audience.Consent.Given); !p.given.sound() {
		add("audience.consent.given", "%q is no date's layout: write the second of January 2006 as the file does, 02/01/2006", p.given.layout)
	}
	ps = append(ps, p.conditionsOf(f)...)
	ps = append(ps, p.channelsOf(f, channels)...)
	for _, ref := range f.TryFirst {
		p.first[ref] = true
	}
	return p, ps.Err()
}

func (p *Plan) conditionsOf(f *File) (ps fsm.Problems) {
	for i, where := range f.Audience.Where {
		x, wrong := p.workflow.Condition(where, f.places.At("audience.where["+number(i)+"]"))
		ps = append(ps, wrong...)
		if x == nil {
			continue
		}
		p.conditions = append(p.conditions, x)
		for _, name := range x.Uses {
			if _, mapped := p.facts[name]; !mapped && p.workflow.Facts[name] != nil {
				p.judged[name] = column{name, time.DateOnly}
			}
		}
	}
	return ps
}

// channelsOf puts the kinds of addresses in the order in which the workflow reaches for them.
func (p *Plan) channelsOf(f *File, configured []string) (ps fsm.Problems) {
	for _, r := range p.workflow.Reach {
		if f.Audience.Addresses[r.Channel] != "" && !slices.Contains(p.channels, r.Channel) {
			p.channels = append(p.channels, r.Channel)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(f.Audience.Addresses)) {
		switch {
		case !slices.Contains(configured, kind):
			ps = append(ps, f.places.Problem("audience.addresses."+kind, "no channel %q is configured in settle.yaml: %s", kind, config.DidYouMean(kind, configured)))
		case !slices.Contains(p.channels, kind):
			ps = append(ps, f.places.Problem("audience.addresses."+kind, "workflow %s doesn't reach for %s: leave it out", p.workflow.Name, kind))
		}
	}
	return ps
}

// CSV is the audience's file.
func (p *Plan) CSV() string {
	if filepath.IsAbs(p.Audience.CSV) {
		return p.Audience.CSV
	}
	return filepath.Join(filepath.Dir(p.path), p.Audience.CSV)
}

// RefusedCSV is where the rows that can't be used are written.
func (p *Plan) RefusedCSV() string { return strings.TrimSuffix(p.CSV(), ".csv") + ".refused.csv" }

// columns are all that the plan reads, each with the key that names it.
func (p *Plan) columns() map[string]string {
	a := p.Audience
	all := map[string]string{
		a.Ref: "audience.ref", a.Contact: "audience.contact", a.Language: "audience.language", a.Zone: "audience.zone",
		p.given.name: "audience.consent.given",
	}
	for kind, name := range a.Addresses {
		all[name] = "audience.addresses." + kind
	}
	for fact, c := range p.facts {
		all[c.name] = "audience.facts." + fact
	}
	for _, c := range p.judged {
		all[c.name] = "audience.where"
	}
	return all
}
