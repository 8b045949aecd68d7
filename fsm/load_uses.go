package fsm

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/message"

	"github.com/settle-chat/settle/internal/nearest"
)

// use is one place where a text is said.
type use struct {
	name   string
	at     Position
	what   string   // in words, for a problem
	public string   // why it must be public; empty where it needn't be
	holes  []string // placeholders that only this place can fill
	must   []string
}

// uses finds every text that is said, checks that it is there in every language, and that its placeholders can be filled.
func (l *loader) uses() {
	all := l.textUses()
	said := map[string]bool{}
	names := map[string]Type{}
	maps.Copy(names, l.w.Vars)
	delete(names, "now")
	for name := range l.bare {
		delete(names, name)
	}
	for name, def := range l.w.Facts {
		if def.Min != nil {
			names[name+".min"] = def.Type
		}
		if def.Max != nil {
			names[name+".max"] = def.Type
		}
		if def.Public && def.Is != nil {
			for _, r := range def.Is.Reads {
				if of := l.w.Facts[r]; of != nil && !of.Public {
					l.problem(def.At, "private", "fact %s is public, but is computed from %s, which is private", name, r)
				}
			}
		}
	}
	checked := map[string]bool{}
	for _, u := range all {
		said[u.name] = true
		for _, tag := range keys(l.w.Texts) {
			t := l.w.Texts[tag].Get(u.name)
			if t == nil {
				l.missingText(u, tag)
				continue
			}
			l.textUse(u, t, names)
			if id := tag + " " + u.name; !checked[id] {
				checked[id] = true
				l.wording(t)
			}
		}
		l.sameVariants(u)
	}
	if len(l.problems) > 0 {
		return // what isn't said may only seem so, after what couldn't be read
	}
	for _, tag := range keys(l.w.Texts) {
		for _, name := range keys(l.w.Texts[tag].byName) {
			if t := l.w.Texts[tag].byName[name]; !said[name] && l.own[t] {
				l.problem(t.At, "unused", "text %q is never said%s", name, nearestOnly(name, keys(said)))
			}
		}
	}
}

// missingText says where a text that is needed isn't.
func (l *loader) missingText(u use, tag string) {
	t := l.w.Texts[tag]
	l.problem(u.at, "missing-text", "%s needs text %q in %s%s", u.what, u.name, tag, nearestOnly(u.name, keys(t.byName)))
}

// nearestOnly is didYouMean, without the list of all names where none is near.
func nearestOnly(name string, known []string) hint {
	if nearest.Name(name, known) == "" {
		return ""
	}
	return didYouMean(name, known)
}

// textUse checks one text against one place where it is said.
func (l *loader) textUse(u use, t *TextDef, names map[string]Type) {
	if u.public != "" && !t.Public {
		l.problem(t.At, "private", "text %q must be public: %s", t.Name, u.public)
	}
	for _, p := range t.Uses {
		if slices.Contains(u.holes, p) {
			continue
		}
		if why := l.scope.hidden[p]; why != "" {
			l.problem(t.At, "placeholder", "text %q: {%s}: %s", t.Name, p, why)
			continue
		}
		if first, _, _ := strings.Cut(p, "."); l.broken[p] || l.broken[first] {
			continue
		}
		if _, ok := names[p]; !ok {
			known := append(slices.Collect(maps.Keys(names)), u.holes...)
			if p == "queue.opens" {
				l.problem(t.At, "placeholder", "text %q: {queue.opens}: %s names no queue", t.Name, u.what)
				continue
			}
			l.problem(t.At, "placeholder", "text %q: nothing is called {%s}%s", t.Name, p, nearestOnly(p, known))
			continue
		}
		if def := l.w.Facts[p]; t.Public && p != "link" && (def == nil || !def.Public) {
			l.problem(t.At, "private", "text %q is public, and {%s} is not: only facts with public: true, {queue.opens} and {link} may stand in what anyone can read", t.Name, p)
		}
	}
	for _, m := range u.must {
		if !slices.Contains(t.Uses, m) {
			l.problem(t.At, "placeholder", "text %q must hold {%s}: %s", t.Name, m, u.what)
		}
	}
}

// wording checks what a text says by itself: no numbers before options, and no word in a public one that tells what it is about.
func (l *loader) wording(t *TextDef) {
	base, _ := t.language.Base()
	visit := func(pieces []piece) {
		s := plain(pieces)
		if numbered.MatchString(s) {
			l.problem(t.At, "numbered", "text %q numbers its options: the channel does that", t.Name)
		}
		if t.Name == "code" {
			l.codeText(t, pieces)
		}
		if !t.Public {
			return
		}
		folded := " " + message.Fold(s)
		for _, w := range disclosing[base.String()] {
			if strings.Contains(folded, " "+message.Fold(w)) {
				l.problem(t.At, "disclosing", "text %q is public and says %q: whoever reads along learns what it is about", t.Name, w)
			}
		}
	}
	t.body.each(visit)
	t.short.each(visit)
}

// codeText keeps a one-time code out of a locked telephone's preview, and out of a message that can be tapped.
func (l *loader) codeText(t *TextDef, pieces []piece) {
	before := 0
	for _, p := range pieces {
		if p.hole == "code" {
			break
		}
		before += len([]rune(p.text))
	}
	if before < codeAfter {
		l.problem(t.At, "code", "text %q shows {code} after %d characters: a preview shows %d", t.Name, before, codeAfter)
	}
	if s := plain(pieces); strings.Contains(s, "://") || slices.Contains(t.Uses, "link") {
		l.problem(t.At, "code", "text %q holds a link beside a code", t.Name)
	}
}

// sameVariants refuses a text whose A/B forms differ by language: they couldn't be counted together.
func (l *loader) sameVariants(u use) {
	var first *TextDef
	for _, tag := range keys(l.w.Texts) {
		t := l.w.Texts[tag].Get(u.name)
		switch {
		case t == nil:
		case first == nil:
			first = t
		case !slices.Equal(first.Variants, t.Variants):
			l.problem(t.At, "variants", "text %q has variants %s, but %s at %s: the same in every language", t.Name, list(t.Variants), list(first.Variants), first.At)
		}
	}
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// textUses are all places where a text is said, in the file's order, then the engine's.
func (l *loader) textUses() []use {
	w := l.w
	var all []use
	say := func(u use) {
		if u.name != "" {
			all = append(all, u)
		}
	}
	for _, r := range w.Reach {
		say(use{name: r.Text, at: r.At, what: "reach by " + r.Channel, public: "it is sent before we know who reads it"})
	}
	silence := func(s *Silence, at Position) {
		if s != nil {
			say(use{name: s.Remind, at: at, what: "the reminder of silence", public: "a reminder is sent when nobody may be there to read it"})
		}
	}
	silence(w.Silence, Position{File: l.bundle.Workflow.Name, Line: 1, Column: 1})
	for _, s := range statesInOrder(w) {
		for _, name := range s.texts() {
			say(use{name: name, at: s.At, what: "state " + s.Name})
		}
		silence(s.Silence, s.At)
	}
	end := func(name string, at Position, e *End, what string, exception bool) {
		l.endText(name, e, exception)
		u := use{name: e.Say, at: at, what: what + " " + name}
		if e.Queue != "" || exception { // that an exception has none, conform has said
			u.holes = []string{"queue.opens"}
		}
		say(u)
	}
	for _, name := range keys(w.Outcomes) {
		end(name, w.Outcomes[name].At, &w.Outcomes[name].End, "outcome", false)
	}
	for _, name := range keys(w.Exceptions) {
		end(name, w.Exceptions[name].At, &w.Exceptions[name].End, "exception", true)
	}
	for _, t := range EngineTexts {
		if t.Ask && !l.asks(strings.TrimPrefix(t.Name, "fact-")) {
			continue
		}
		say(use{name: t.Name, at: Position{File: l.bundle.Workflow.Name, Line: 1, Column: 1}, what: "the engine (" + t.For + ")",
			public: "the engine says it without knowing who reads it", holes: t.Holes, must: t.Must})
	}
	slices.SortStableFunc(all, func(a, b use) int { return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.name, b.name)) })
	return all
}

// asks reports whether a known fact of this class may be asked for.
func (l *loader) asks(class string) bool {
	for _, def := range l.w.Facts {
		if def.Proves == class {
			return true
		}
	}
	return false
}

// endText finds what an end says where its author names nothing: NAME-said, and for a handoff the engine's own sentence.
func (l *loader) endText(name string, e *End, exception bool) {
	if e.Say != "" {
		return
	}
	for _, t := range l.w.Texts {
		if t.Get(name+"-said") != nil {
			e.Say = name + "-said"
			return
		}
	}
	if exception {
		e.Say = "handoff"
	}
}

func statesInOrder(w *Workflow) []*State {
	return slices.SortedFunc(maps.Values(w.States), func(a, b *State) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
}
