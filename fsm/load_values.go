package fsm

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

func isCurrency(code string) bool {
	_, ok := currency.GetDigits(code)
	return ok
}

var factTypes = []string{"text", "integer", "boolean", "money", "date", "choice", "choices", "phone", "email", "address", "file"}

// provesClasses are the classes of known facts that the identity check can compare.
var provesClasses = []string{"birth", "place", "account"}

// values reads what a part declares: limits, facts, offers.
func (l *loader) values(p part) {
	w := l.w
	if w.Limits == nil {
		w.Limits, w.Facts, w.Offers = map[string]Value{}, map[string]*FactDef{}, map[string]*Offer{}
	}
	for _, e := range l.entries(p, "limits") {
		if l.variable(e.key, e.at) {
			if v := l.limit(e); v.IsZero() {
				l.broken[e.key] = true
			} else {
				w.Limits[e.key] = v
			}
		}
	}
	for _, e := range l.entries(p, "facts") {
		if l.variable(e.key, e.at) {
			if def := l.fact(e); def.Type == "" {
				l.broken[e.key] = true
			} else {
				w.Facts[e.key] = def
			}
		}
	}
	for _, e := range l.entries(p, "offers") {
		if l.variable(e.key, e.at) {
			w.Offers[e.key] = l.offer(e)
			l.broken[e.key] = l.broken[e.key] || w.Offers[e.key] == nil
		}
	}
}

// maxNames bounds one section: ten times what anyone can review, and still loaded in a moment.
const maxNames = 500

// entries are the entries of a section that is a map of names.
func (l *loader) entries(p part, key string) []entry {
	all := p.all[key].mapped()
	for _, e := range all[min(len(all), maxNames):] {
		l.broken[e.key] = true
	}
	return all[:min(len(all), maxNames)]
}

// variable gives a name that expressions can read its one meaning.
func (l *loader) variable(name string, at Position) bool {
	switch v, ok := l.vars[name]; {
	case !variableName.allows(name): // conform has said so
		l.broken[name] = true
	case ok:
		l.problem(at, "duplicate", "%q is already defined at %s", name, v.at)
	default:
		l.vars[name] = variable{at: at}
		return true
	}
	return false
}

var decimalForm = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)

func (l *loader) limit(e entry) Value {
	t := Integer
	s := l.scalar(e.val)
	if !anAmount.accepts(e.val) {
		return Value{}
	}
	if decimalForm.MatchString(s) {
		t = Money
	}
	v, err := ParseValue(t, l.w.Currency, s)
	if err != nil && s != "" {
		l.problem(e.val.at(), "type", "limit %s must be a whole number, or an amount in quotes", e.key)
	}
	return v
}

func (l *loader) fact(e entry) *FactDef {
	f := l.fields(e.val)
	d := &FactDef{Name: e.key, At: e.at, Type: Type(l.text(f, "type")), Public: l.flag(f, "public", false), Secret: l.flag(f, "secret", false),
		Proves: l.text(f, "proves"), From: l.text(f, "from"), Fresh: l.duration(f, "fresh"), Only: l.text(f, "only"),
		Of: l.words(f, "of"), Form: l.text(f, "form"), Accept: l.words(f, "accept"), Most: l.count(f, "most")}
	if !slices.Contains(factTypes, string(d.Type)) {
		d.Type = ""
		return d
	}
	if d.From == "" && !f.has("is") {
		d.From = "trigger"
	}
	only := func(key string, ok bool, of string) {
		if f.has(key) && !ok {
			l.problem(f.all[key].at(), "unknown-key", "fact %s: only %s has %s", e.key, of, key)
		}
	}
	lookup := strings.Contains(d.From, ".")
	asked := d.From == "customer"
	only("fresh", lookup, "a fact from a system of record")
	only("proves", d.Secret, "a secret fact")
	only("min", asked && slices.Contains([]Type{Integer, Money, Date}, d.Type), "a number, amount or date from the customer")
	only("max", asked && slices.Contains([]Type{Integer, Money, Date}, d.Type), "a number, amount or date from the customer")
	only("only", asked && d.Type == Date, "a date from the customer")
	only("of", d.Type == Chosen || d.Type == Several, "type choice or choices")
	only("form", asked && d.Type == Postal, "an address from the customer")
	only("accept", asked && d.Type == File, "a file from the customer")
	only("most", asked && d.Type == File, "a file from the customer")
	switch {
	case (d.Type == Chosen || d.Type == Several) && len(d.Of) == 0:
		l.problem(e.at, "missing", "fact %s needs of: the list of what can be chosen", e.key)
	case d.Secret && d.Public:
		l.problem(e.at, "conflict", "fact %s can't be both secret and public", e.key)
	case d.Secret && d.From != "trigger":
		l.problem(e.at, "conflict", "a secret fact comes from the trigger, as a keyed hash")
	case d.Secret && !f.has("proves"):
		l.problem(e.at, "missing", "secret fact %s needs proves: %s; nothing else can use it", e.key, strings.Join(provesClasses, ", "))
	case d.Type == Money && l.w.Currency == "":
		l.problem(e.at, "missing", "fact %s is money: the workflow needs its currency", e.key)
	case f.has("is") && f.has("from"):
		l.problem(f.all["is"].at(), "conflict", "fact %s is either computed (is) or comes from somewhere (from)", e.key)
	}
	if lookup && !f.has("fresh") {
		l.problem(e.at, "missing", "fact %s needs fresh: how old it may be before it is looked up again", e.key)
	}
	l.source(f, d)
	for _, of := range d.Of {
		if !choiceName.MatchString(of) {
			l.problem(f.all["of"].at(), "name", "%q can't name a choice: small letters, digits, - and _", of)
		}
	}
	l.expression(f, "is", d.Type, &d.Is)
	l.expression(f, "min", d.Type, &d.Min)
	l.expression(f, "max", d.Type, &d.Max)
	return d
}

// source checks where a fact comes from.
func (l *loader) source(f fields, d *FactDef) {
	if !f.has("from") || d.From == "trigger" || d.From == "customer" {
		return
	}
	at := f.all["from"].at()
	op, ok := l.decl.Operations[d.From]
	switch {
	case !ok:
		l.problem(at, "unknown-name", "%q is neither trigger, customer nor a declared lookup%s", d.From, didYouMean(d.From, append(l.operations("lookup"), "trigger", "customer")))
	case op.Kind != "lookup":
		l.problem(at, "conflict", "%s is a %s: a fact comes from a lookup", d.From, op.Kind)
	default:
		switch out, ok := op.Out[d.Name]; {
		case !ok:
			l.problem(at, "unknown-name", "%s doesn't give %q%s", d.From, d.Name, didYouMean(d.Name, keys(op.Out)))
		case !fits(out, d.Type, false):
			l.problem(at, "type", "%s gives %s as %s, but the fact is %s", d.From, d.Name, phrase(out), phrase(d.Type))
			l.broken[d.Name] = true
		}
		for _, in := range keys(op.In) {
			// A lookup has no inputs of its own in a workflow: the engine gives it the references, and facts by their names.
			l.later = append(l.later, func() {
				if in != "ref" && in != "customer" && l.w.Facts[in] == nil {
					l.problem(at, "missing", "%s needs %q, and no fact has that name", d.From, in)
				}
			})
		}
	}
}

func (l *loader) operations(kind string) []string {
	var names []string
	for name, o := range l.decl.Operations {
		if o.Kind == kind {
			names = append(names, name)
		}
	}
	return names
}

func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func (l *loader) offer(e entry) *Offer {
	f := l.fields(e.val)
	o := &Offer{Name: e.key, At: e.at, Each: map[string][]Value{}, With: map[string]*Expr{}, From: l.text(f, "from"), AtMost: l.count(f, "at-most")}
	if o.AtMost == 0 {
		o.AtMost = 10
	}
	key := func(k entry) bool {
		switch {
		case !variableName.allows(k.key):
		case slices.Contains(o.Keys, k.key):
			l.problem(k.at, "duplicate", "offer %s has %q already", e.key, k.key)
		default:
			o.Keys = append(o.Keys, k.key)
			return true
		}
		return false
	}
	total := 1
	for _, k := range l.entries(part{fields: f}, "each") {
		if !key(k) {
			continue
		}
		for _, v := range l.list(fields{all: map[string]node{k.key: k.val}}, k.key) {
			o.Each[k.key] = append(o.Each[k.key], l.eachValue(v))
		}
		total *= len(o.Each[k.key])
	}
	if total > 100 {
		l.problem(f.all["each"].at(), "shape", "offer %s has %d combinations: 100 at most", e.key, total)
	} else {
		o.Combined = product(o)
	}
	l.offers = append(l.offers, &offerToCompile{offer: o})
	last := l.offers[len(l.offers)-1]
	for _, k := range l.entries(part{fields: f}, "with") {
		if key(k) {
			last.with = append(last.with, k)
		}
	}
	last.when = l.list(f, "when")
	switch {
	case o.From != "" && f.has("each"):
		l.problem(f.all["from"].at(), "conflict", "offer %s is made either of each or from a lookup", e.key)
	case o.From != "":
		l.offerFrom(f, o)
	case len(o.Each) == 0:
		l.broken[e.key] = true // conform has said what is missing
	}
	return o
}

// offerFrom takes a lookup's outputs as the offer's values.
func (l *loader) offerFrom(f fields, o *Offer) {
	op, ok := l.decl.Operations[o.From]
	if !ok || op.Kind != "lookup" {
		l.problem(f.all["from"].at(), "unknown-name", "there is no lookup %q%s", o.From, didYouMean(o.From, l.operations("lookup")))
		l.broken[o.Name] = true
		return
	}
	o.Keys = append(keys(op.Out), o.Keys...)
}

func (l *loader) eachValue(n node) Value {
	s := l.scalar(n)
	t := Chosen
	switch {
	case n.Tag == "!!int":
		t = Integer
	case n.Tag == "!!float": // conform has said that it belongs in quotes
		return Value{}
	case decimalForm.MatchString(s):
		t = Money
	}
	v, err := ParseValue(t, l.w.Currency, s)
	if err != nil && s != "" {
		l.problem(n.at(), "type", "a value of each must be a whole number, an amount in quotes, or a name; this one is %v", strconv.Quote(s))
	}
	return v
}
