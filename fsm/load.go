package fsm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/policy"
)

// Load reads, checks and pins one workflow. It is strict and total: whatever is wrong comes back at once, as Problems,
// each where it stands. What loads can be stepped; whether it is also sensible says Check.
func Load(b Bundle) (*Workflow, error) {
	l := &loader{bundle: b, decl: b.Declarations, w: &Workflow{}, vars: map[string]variable{}, taken: map[string]Position{}, eventNames: map[string]bool{},
		bare: map[string]bool{}, broken: map[string]bool{}, own: map[*TextDef]bool{}}
	root, fragments, sections, whole := l.parse()
	if !whole {
		return nil, l.problems.sorted()
	}
	parts := l.parts(root, fragments)
	if l.incomplete { // all that the missing fragment defines would seem to be missing
		return nil, l.problems.sorted()
	}
	l.head(parts[0])
	l.declarations()
	for _, p := range parts {
		l.values(p)
	}
	for _, p := range parts {
		l.ends(p)
	}
	for _, p := range parts {
		l.states(p)
	}
	l.paths(parts)
	l.required()
	l.resolve()
	l.expressions()
	l.texts(sections)
	if len(l.problems) > 0 {
		return nil, l.problems.sorted()
	}
	l.derive()
	if len(l.problems) > 0 {
		return nil, l.problems.sorted()
	}
	l.w.Hash = b.Hash()
	return l.w, nil
}

// loader reads one bundle. It goes on after a problem, with what is left, so that an author sees all of them; and it says
// nothing of what only follows from another problem. What a file by itself must be, conform has judged: from a part that
// isn't so the loader reads nothing, silently.
type loader struct {
	bundle   Bundle
	decl     Declarations
	w        *Workflow
	problems Problems

	taken      map[string]Position // states, outcomes and exceptions share one namespace
	targets    []target            // every arrow, to be resolved when all names are known
	vars       map[string]variable // what expressions and texts may read: facts, limits, and what states and events provide
	offers     []*offerToCompile
	later      []func() // what needs all names: expressions, mostly
	scope      *scope
	incomplete bool // a fragment is missing
	exprs      []*Expr
	bare       map[string]bool   // names that only an offer's own expressions can read
	broken     map[string]bool   // names of which something wrong has been said: nothing more is said of what reads them
	own        map[*TextDef]bool // texts of the workflow's own section, which must all be said
	eventNames map[string]bool   // the names of events' facts: two waits may share one
}

type target struct {
	name string
	at   Position
	only string // "state", where an end won't do
}

// part is the workflow or one of its fragments.
type part struct {
	fields
	what string
}

func (l *loader) problem(at Position, code, format string, args ...any) {
	l.problems.add(at, code, format, args...)
}

// parse reads all files, and reports whether all can be read. A file that can't be hides nothing that is wrong in another.
func (l *loader) parse() (root node, fragments []node, sections []section, whole bool) {
	whole = true
	read := func(f SourceFile, s *shape) node {
		root, ps := parseYAML(f)
		n := node{root, f.Name}
		if root == nil {
			whole = false
		} else {
			ps = conform(n, s)
		}
		l.problems = append(l.problems, ps...)
		return n
	}
	root = read(l.bundle.Workflow, workflowShape)
	for _, f := range l.bundle.Fragments {
		fragments = append(fragments, read(f, fragmentShape))
	}
	for _, f := range l.bundle.Messages {
		n := read(f, messagesShape)
		sections = append(sections, section{language: strings.TrimSuffix(f.Name[strings.LastIndex(f.Name, "/")+1:], ".yaml"), root: n})
	}
	slices.SortFunc(sections, func(a, b section) int { return cmp.Compare(a.language, b.language) })
	return root, fragments, sections, whole
}

// parts are the workflow and the fragments that it uses, in that order.
func (l *loader) parts(root node, fragments []node) []part {
	f := l.fields(root)
	all := []part{{f, "workflow"}}
	byName := map[string]part{}
	var names []string
	for _, n := range fragments {
		p := part{l.fields(n), "fragment"}
		name := l.text(p.fields, "fragment")
		if name == "" {
			continue
		}
		if other, ok := byName[name]; ok {
			l.problem(p.all["fragment"].at(), "duplicate", "fragment %q is already defined at %s", name, other.all["fragment"].at())
			continue
		}
		byName[name], names = p, append(names, name)
	}
	for _, n := range l.list(f, "use") {
		name := l.scalar(n)
		p, ok := byName[name]
		switch {
		case name == "":
		case !ok:
			l.problem(n.at(), "unknown-name", "there is no fragment %q%s", name, didYouMean(name, names))
			l.incomplete = true
		case slices.ContainsFunc(all, func(have part) bool { return have.what == "fragment" && have.at == p.at }):
			l.problem(n.at(), "duplicate", "fragment %q is used twice", name)
		default:
			all = append(all, p)
		}
	}
	return all
}

// head reads what the workflow says about itself.
func (l *loader) head(p part) {
	w, f := l.w, p.fields
	w.Name, w.Title = l.text(f, "workflow"), l.text(f, "title")
	if w.Name != "" && w.Name != l.bundle.Name() {
		l.problem(f.all["workflow"].at(), "name", "workflow %q stands in a file of another name: call it %s.yaml", w.Name, w.Name)
	}
	w.Purpose, w.Creditor = l.text(f, "purpose"), l.text(f, "creditor")
	switch {
	case w.Purpose == "collection" && !f.has("creditor"):
		l.problem(f.all["purpose"].at(), "missing", "purpose collection needs creditor: first-party or third-party")
	case w.Purpose != "collection" && w.Purpose != "" && f.has("creditor"):
		l.problem(f.all["creditor"].at(), "unknown-key", "only purpose collection has a creditor")
	}
	if w.Currency = l.text(f, "currency"); w.Currency != "" && !isCurrency(w.Currency) {
		l.problem(f.all["currency"].at(), "unknown-name", "currency %q isn't one of ISO 4217: write ZAR, EUR, USD ...", w.Currency)
	}
}

// declarations takes over what settle.yaml declares and the bundle names, and nothing else: the rest isn't pinned.
func (l *loader) declarations() {
	w, d := l.w, l.bundle.named()
	w.Operations = make(map[string]*Operation, len(d.Operations))
	for name, o := range d.Operations {
		w.Operations[name] = &Operation{Name: name, Lookup: o.Kind == "lookup", Risk: o.Risk, In: o.In, Out: o.Out, Retryable: o.Retryable}
	}
	w.Events = d.Events
	w.Queues = make(map[string]*Queue, len(d.Queues))
	for name, q := range d.Queues {
		w.Queues[name] = &Queue{Name: name, Hours: q.Hours, Zone: q.Zone, AnswerWithin: q.AnswerWithin, Capacity: q.Capacity, Holidays: q.Holidays}
	}
	w.codes = slices.Contains(d.Channels, "sms") || slices.Contains(d.Channels, "whatsapp")
	w.Floors = make(policy.Floors, len(d.Floors))
	for risk, level := range d.Floors {
		w.Floors[risk] = level
	}
	at := Position{File: "settle.yaml"}
	if err := w.Floors.Validate(); err != nil {
		l.problem(at, "floor", "%v", err)
	}
}

// take gives a name its one meaning among states, outcomes and exceptions.
func (l *loader) take(name string, at Position) bool {
	if other, ok := l.taken[name]; ok {
		l.problem(at, "duplicate", "%q is already defined at %s: states, outcomes and exceptions share one namespace", name, other)
		return false
	}
	l.taken[name] = at
	return true
}

// to reads an arrow.
func (l *loader) to(f fields, key string) string {
	return l.arrow(f.all[key])
}

func (l *loader) arrow(n node) string {
	name := l.scalar(n)
	if name != "" {
		l.targets = append(l.targets, target{name: name, at: n.at()})
	}
	return name
}

// resolve finds out where the arrows lead.
func (l *loader) resolve() {
	known := make([]string, 0, len(l.taken))
	for name := range l.taken {
		known = append(known, name)
	}
	for _, t := range l.targets {
		switch _, ok := l.taken[t.name]; {
		case !ok && slices.ContainsFunc(engineNames, func(n engineName) bool { return n.name == t.name }): // required says so
		case !ok:
			l.problem(t.at, "unknown-name", "there is no state, outcome or exception %q%s", t.name, didYouMean(t.name, known))
		case t.only == "state" && (l.w.Outcomes[t.name] != nil || l.w.Exceptions[t.name] != nil):
			l.problem(t.at, "unknown-name", "%q is an end: here a state is needed", t.name)
		}
	}
}

type engineName struct{ kind, name, why string }

// engineNames are what the engine itself leads to. Their hints say how to define them.
var engineNames = []engineName{
	{"exception", "cannot-verify", "where a customer can't be recognised"},
	{"exception", "asked-for-agent", "where a customer says AGENT"},
	{"exception", "not-understood", "after some answers in a row that nobody understood (after: 3)"},
	{"exception", "writeback-failed", "where a system of record didn't take a change"},
	{"exception", "stuck", "where a step of the engine failed"},
	{"outcome", "expired", "where nobody answered in time"},
}

func (l *loader) required() {
	for _, r := range engineNames {
		missing := l.w.Exceptions[r.name] == nil
		hint := fmt.Sprintf("{%s: {queue: NAME}}", r.name)
		if r.kind == "outcome" {
			missing, hint = l.w.Outcomes[r.name] == nil, fmt.Sprintf("{%s: {resolved: false}}", r.name)
		}
		if missing {
			l.problem(Position{File: l.bundle.Workflow.Name, Line: 1, Column: 1}, "missing", "%s %q is missing: the engine leads there %s. Define %s, best in a fragment",
				r.kind, r.name, r.why, hint)
		}
	}
	if e := l.w.Exceptions["not-understood"]; e != nil && e.After == 0 {
		l.problem(e.At, "missing", "exception not-understood needs after: how many answers in a row aren't understood before a person takes over")
	}
}
