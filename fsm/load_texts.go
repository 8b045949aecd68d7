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
		}
		t := &Texts{Language: s.language, byName: map[string]*TextDef{}}
		for _, section := range []string{"common", l.bundle.Name()} { // a workflow's own text comes before the common one
			for name, def := range l.section(l.sectionOf(s.root, section), tag) {
				t.byName[name] = def
				l.own[def] = section != "common"
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
	l.defaultLanguage()
	l.uses()
}

// defaultLanguage finds the language for customers of whom none is known. A language more must not change it, so that it
// never depends on the order of files: the first that settle.yaml names, else en, else the only one there is.
func (l *loader) defaultLanguage() {
	tags := keys(l.w.Texts)
	switch {
	case len(l.decl.Languages) > 0:
		l.w.Language = l.decl.Languages[0]
	case l.w.Texts["en"] != nil:
		l.w.Language = "en"
	case len(tags) == 1:
		l.w.Language = tags[0]
	case len(tags) > 1:
		l.problem(Position{File: "settle.yaml"}, "missing", "messages come in %s, and nothing says which is the default: write languages: [%s], the default first",
			strings.Join(tags, ", "), strings.Join(tags, ", "))
	}
}

// sectionOf is the section of a name, or the one that was surely meant to be.
func (l *loader) sectionOf(root node, name string) (meant entry) {
	for _, e := range root.mapped() {
		if e.key == name {
			return e
		}
		if meant.key == "" && e.key != "common" && e.key != l.bundle.Name() && surely(e.key, name) {
			meant = e
		}
	}
	if meant.key != "" {
		l.problem(meant.at, "unknown-key", "there is no workflow %q%s", meant.key, didYouMean(meant.key, []string{name}))
	}
	return meant
}

// section reads common, or a workflow's own texts: those under public, and the private rest.
func (l *loader) section(e entry, tag language.Tag) map[string]*TextDef {
	all := map[string]*TextDef{}
	read := func(t entry, public bool) {
		if other := all[t.key]; other != nil {
			l.problem(t.at, "duplicate", "text %q is already defined at %s: a text is either public or private", t.key, other.At)
			return
		}
		all[t.key] = l.textDef(t, public, tag)
	}
	for _, t := range e.val.mapped() {
		if t.key != "public" {
			read(t, false)
			continue
		}
		for _, p := range t.val.mapped() {
			read(p, true)
		}
	}
	return all
}

func (l *loader) textDef(e entry, public bool, tag language.Tag) *TextDef {
	t := &TextDef{Name: e.key, At: e.at, Public: public, language: tag}
	value := e.val
	if slices.ContainsFunc(value.mapped(), func(x entry) bool { return definitionShape.key(x.key) != nil }) {
		f := l.fields(value)
		t.Template, t.Also = l.text(f, "template"), l.words(f, "also")
		t.short = l.body(t, f.all["short"])
		value = f.all["text"]
	}
	t.body = l.body(t, value)
	if t.body == nil {
		t.body = &body{}
	}
	slices.Sort(t.Uses)
	t.Uses = slices.Compact(t.Uses)
	return t
}

// body reads a text's forms.
func (l *loader) body(t *TextDef, n node) *body {
	if n.isScalar() {
		return &body{pieces: l.pieces(t, n)}
	}
	if !n.isMap() {
		return nil
	}
	b := &body{forms: map[string]*body{}}
	counts := pluralForms(t.language)
	for _, e := range n.entries() {
		a := axisOf(e.key)
		switch {
		case a == "" || b.axis != "" && a != b.axis: // conform has said so
			continue
		case e.key == "count":
			b.count = l.scalar(e.val)
			t.Uses = append(t.Uses, b.count)
		case a == byCount && !slices.Contains(counts, e.key):
			l.problem(e.at, "unknown-name", "text %s has no form %q in %s%s", t.Name, e.key, t.language, didYouMean(e.key, counts))
			continue
		case a == byChannel && e.key != elseForm && !slices.Contains(l.decl.Channels, e.key):
			l.problem(e.at, "unknown-name", "text %s has a form for channel %q, which isn't declared%s", t.Name, e.key, didYouMean(e.key, l.decl.Channels))
			continue
		default:
			if form := l.body(t, e.val); form != nil {
				b.forms[e.key] = form
			}
		}
		b.axis = a
	}
	return l.complete(t, n, b, counts)
}

// axisOf is the axis that a form belongs to.
func axisOf(form string) axis {
	switch {
	case slices.Contains(variantNames, form):
		return byVariant
	case form == elseForm || slices.Contains(channelNames, form):
		return byChannel
	case form == "count" || slices.Contains(pluralCategories, form):
		return byCount
	}
	return ""
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
