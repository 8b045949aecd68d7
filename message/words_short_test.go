package message

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var letters = regexp.MustCompile(`[a-z]`)

// A text without letters is passed over: no word may be without one, and no part of a request shorter than what is looked for.
func TestWordsHaveLetters(t *testing.T) {
	t.Parallel()
	all := slices.Concat(slices.Collect(maps.Keys(strong)), slices.Collect(maps.Keys(weak)), starts, startsAgain, helps)
	for _, rule := range requests {
		all = append(all, rule.has...)
		for _, part := range rule.has {
			if len(part) < 2 {
				t.Errorf("a request is looked for by %q: want two letters at least", part)
			}
		}
	}
	for _, word := range all {
		if isWordless(word) {
			t.Errorf("%q has no letter", word)
		}
	}
}

// plainSpelled is spelled for every form.
func plainSpelled(form string) string {
	words := strings.Fields(strings.ReplaceAll(form, "thank you", "thanks"))
	var out []string
	for i := 0; i < len(words); {
		end := i
		for end < len(words) && len(words[end]) == 1 && !isNumeral(words[end]) {
			end++
		}
		if end-i >= 3 {
			out = append(out, strings.Join(words[i:end], ""))
			i = end
			continue
		}
		out = append(out, words[i])
		i++
	}
	return strings.Join(out, " ")
}

// What is passed over has nothing that is looked for.
func FuzzWordShort(f *testing.F) {
	stops, nones := corpus(f)
	for _, text := range append(stops, nones...) {
		f.Add(text)
	}
	for _, text := range []string{"1", "14/3", "s t o p", "s t p", "a b", "1 2 3", "thank you", "thank youse", "14 march 2196", "march14", "sw1a 1aa", "k1a 0b1", "0\u212a1", "de\u017f 4"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form := Fold(text)
		if got, want := spelled(form), plainSpelled(form); got != want {
			t.Errorf("spelled(%q) = %q, want %q", form, got, want)
		}
		if !mayHoldFacts(form) && factual.MatchString(form) {
			t.Errorf("%q is passed over and holds a fact", form)
		}
		in := digraphsOf(form)
		for _, rule := range requests {
			for _, part := range rule.has {
				if !in.holds(part) && strings.Contains(form, part) {
					t.Errorf("%q is passed over in %q", part, form)
				}
			}
		}
		if isWordless(text) && (letters.MatchString(form) || strings.ContainsFunc(text, isRegional)) {
			t.Errorf("%q has letters: %q", text, form)
		}
	})
}
