package fsm

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// numbered finds options numbered by hand: 1 ... 2 ...
var numbered = regexp.MustCompile(`(^|[\s(])1[).:]?\s+\pL.*[\s(]2[).:]?\s+\pL`)

// section is what one language's file holds for a workflow.
type section struct {
	language string
	root     node
}

// maxTemplate bounds one text as written.
const maxTemplate = 4096

// texts reads the messages and checks every text that is used.
func (l *loader) texts(sections []section) {
	l.w.Texts = map[string]*Texts{}
	for _, s := range sections {
		at := Position{File: s.root.file}
		tag, err := language.Parse(s.language)
		switch {
		case err != nil:
			l.problem(at, "name", "%q isn't a language: name the file by its tag, as en.yaml", s.language)
			continue
		case len(l.decl.Languages) > 0 && !slices.Contains(l.decl.Languages, s.language):
			l.problem(at, "unknown-name", "language %q isn't declared in settle.yaml%s", s.language, didYouMean(s.language, l.decl.Languages))
			continue
		case !s.root.isMap():
			l.problem(s.root.at(), "shape", "messages must be a map: {common: {...}, WORKFLOW: {...}}")
			continue
		}
		t := &Texts{Language: s.language, byName: map[string]*TextDef{}}
		for _, name := range []string{"common", l.bundle.Name()} { // a workflow's own text comes before the common one
			for _, e := range s.root.entries() {
				if e.key != name {
					continue
				}
				for name, def := range l.section(e, tag) {
					t.byName[name] = def
					l.own[def] = e.key == l.bundle.Name()
				}
			}
		}
		l.w.Texts[s.language] = t
	}
	for _, want := range l.decl.Languages {
		if l.w.Texts[want] == nil && !slices.ContainsFunc(sections, func(s section) bool { return s.language == want }) {
			l.problem(Position{File: "messages/" + want + ".yaml"}, "missing", "language %q is declared, and has no messages", want)
		}
	}
	if len(l.w.Texts) == 0 && len(l.decl.Languages) == 0 {
		l.problem(Position{File: "messages"}, "missing", "there are no messages: write messages/en.yaml")
	}
	l.uses()
}

// section reads common, or a workflow's own texts: those under public, and the private rest.
func (l *loader) section(e entry, tag language.Tag) map[string]*TextDef {
	all := map[string]*TextDef{}
	if !e.val.isMap() {
		l.problem(e.val.at(), "shape", "%s must be a map of texts", e.key)
		return all
	}
	read := func(t entry, public bool) {
		if !nameForm.MatchString(t.key) {
			l.problem(t.at, "name", "%q can't name a text: small letters, digits, - and _", t.key)
			return
		}
		if other := all[t.key]; other != nil {
			l.problem(t.at, "duplicate", "text %q is already defined at %s: a text is either public or private", t.key, other.At)
			return
		}
		all[t.key] = l.textDef(t, public, tag)
	}
	for _, t := range e.val.entries() {
		if t.key != "public" {
			read(t, false)
			continue
		}
		if !t.val.isMap() {
			l.problem(t.val.at(), "shape", "public must be a map of texts")
			continue
		}
		for _, p := range t.val.entries() {
			read(p, true)
		}
	}
	return all
}

func (l *loader) textDef(e entry, public bool, tag language.Tag) *TextDef {
	t := &TextDef{Name: e.key, At: e.at, Public: public, language: tag}
	value := e.val
	if value.isMap() && slices.ContainsFunc(value.entries(), func(x entry) bool {
		return slices.Contains([]string{"text", "short", "also", "template"}, x.key)
	}) {
		f := l.fields(value, "text "+e.key, "text", "short", "also", "template")
		l.needed(f, "text "+e.key, "text")
		t.Template, t.Also = l.text(f, "template"), l.words(f, "also")
		if f.has("short") {
			t.short = l.body(t, f.all["short"], "")
		}
		value = f.all["text"]
	}
	if value.Node != nil {
		t.body = l.body(t, value, "")
	}
	if t.body == nil {
		t.body = &body{}
	}
	slices.Sort(t.Uses)
	t.Uses = slices.Compact(t.Uses)
	return t
}

// inner says which axes may stand within one: a variant can differ by channel, a channel's text by count.
var inner = map[axis][]axis{"": {byVariant, byChannel, byCount}, byVariant: {byChannel, byCount}, byChannel: {byCount}}

func (l *loader) body(t *TextDef, n node, outer axis) *body {
	if n.isScalar() {
		return &body{pieces: l.pieces(t, n)}
	}
	if !n.isMap() || len(n.Content) == 0 {
		l.problem(n.at(), "shape", "text %s must be a text, or a map of its forms", t.Name)
		return nil
	}
	counts := pluralForms(t.language)
	b := &body{forms: map[string]*body{}}
	for _, e := range n.entries() {
		var a axis
		switch {
		case e.key == "count":
			b.count, a = l.scalar(e.val, "count"), byCount
		case slices.Contains([]string{"a", "b", "c", "d"}, e.key):
			a = byVariant
		case slices.Contains(l.decl.Channels, e.key) || e.key == elseForm:
			a = byChannel
		case slices.Contains(counts, e.key):
			a = byCount
		default:
			l.problem(e.at, "unknown-key", "text %s has no form %q%s", t.Name, e.key,
				didYouMean(e.key, slices.Concat(counts, l.decl.Channels, []string{elseForm, "count", "a", "b", "text", "short", "also", "template"})))
			continue
		}
		if b.axis != "" && b.axis != a {
			l.problem(e.at, "shape", "text %s mixes forms by %s and by %s: put one within the other", t.Name, b.axis, a)
			continue
		}
		if b.axis = a; !slices.Contains(inner[outer], a) {
			l.problem(e.at, "shape", "text %s: forms by %s can't stand within forms by %s", t.Name, a, outer)
			continue
		}
		if e.key == "count" {
			t.Uses = append(t.Uses, b.count)
			continue
		}
		if form := l.body(t, e.val, a); form != nil {
			b.forms[e.key] = form
		}
	}
	return l.complete(t, n, b, counts)
}

// complete checks that no customer is left without a form.
func (l *loader) complete(t *TextDef, n node, b *body, counts []string) *body {
	switch b.axis {
	case byVariant:
		t.Variants = slices.Sorted(maps.Keys(b.forms))
	case byChannel:
		for _, c := range l.decl.Channels {
			if b.forms[c] == nil && b.forms[elseForm] == nil {
				l.problem(n.at(), "missing", "text %s has no form for channel %s: add it, or else", t.Name, c)
			}
		}
	case byCount:
		if b.count == "" {
			l.problem(n.at(), "missing", "text %s needs count: the name of the number that chooses its form", t.Name)
		}
		for _, c := range counts {
			if b.forms[c] == nil {
				l.problem(n.at(), "missing", "text %s has no form %q, which %s needs", t.Name, c, t.language)
			}
		}
	}
	if len(b.forms) == 0 {
		return nil
	}
	return b
}

var hole = regexp.MustCompile(`^\{[a-z][a-z0-9_]*(?:[.-][a-z][a-z0-9_]*)*\}`)

// pieces takes a text apart, once. {{ and }} are braces.
func (l *loader) pieces(t *TextDef, n node) []piece {
	s := n.Value
	if utf8.RuneCountInString(s) > maxTemplate {
		l.problem(n.at(), "shape", "text %s is longer than %d characters", t.Name, maxTemplate)
		return nil
	}
	var all []piece
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			all = append(all, piece{text: plain.String()})
			plain.Reset()
		}
	}
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "{{"), strings.HasPrefix(s[i:], "}}"):
			plain.WriteByte(s[i])
			i += 2
		case s[i] == '{':
			m := hole.FindString(s[i:])
			if m == "" {
				l.problem(inside(n, utf8.RuneCountInString(s[:i])), "placeholder", "text %s: { begins a placeholder, as {first_name}; a brace itself is {{", t.Name)
				return all
			}
			flush()
			name := m[1 : len(m)-1]
			all, t.Uses = append(all, piece{hole: name}), append(t.Uses, name)
			i += len(m)
		case s[i] == '}':
			l.problem(inside(n, utf8.RuneCountInString(s[:i])), "placeholder", "text %s: } ends no placeholder; a brace itself is }}", t.Name)
			return all
		default:
			plain.WriteByte(s[i])
			i++
		}
	}
	flush()
	return all
}

// each calls visit for every form of a text, down to the pieces.
func (b *body) each(visit func([]piece)) {
	if b == nil {
		return
	}
	if b.axis == "" {
		visit(b.pieces)
	}
	for _, form := range slices.Sorted(maps.Keys(b.forms)) {
		b.forms[form].each(visit)
	}
}

// plain is a text's fixed words, with … where something is put in.
func plain(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.hole != "" {
			b.WriteString("…")
		}
		b.WriteString(p.text)
	}
	return b.String()
}
