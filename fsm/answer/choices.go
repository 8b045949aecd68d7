package answer

import (
	"fmt"
	"slices"
	"strings"
)

// Choices reads several options from one text: "1 and 3", "1, 3", "1 3", "wrong amount, not mine". It returns their indexes in the
// order of the menu, each once; more than most of them is ErrTooMany. One part that isn't an option refuses the whole.
func Choices(text string, options []Option, numbered bool, most int) ([]int, error) {
	picked, err := choices(text, options, numbered)
	if err != nil {
		return nil, fmt.Errorf("read choices: %w", err)
	}
	slices.Sort(picked)
	if picked = slices.Compact(picked); len(picked) > most {
		return nil, fmt.Errorf("read choices: %d where %d may be: %w", len(picked), most, ErrTooMany)
	}
	return picked, nil
}

func choices(text string, options []Option, numbered bool) ([]int, error) {
	// A whole text first: a label may itself hold an "and".
	if c, err := choose(text, options, numbered); err == nil && c.Rest == "" {
		return []int{c.Index}, nil
	}
	var picked []int
	for _, part := range listed(text) {
		c, err := choose(part, options, numbered)
		if err != nil {
			return nil, err
		}
		if c.Rest != "" {
			return nil, ErrNotUnderstood
		}
		picked = append(picked, c.Index)
	}
	if len(picked) == 0 {
		return nil, ErrNotUnderstood
	}
	return picked, nil
}

// listed cuts a list at commas, semicolons, "and", "&", "+", and between two numbers.
func listed(text string) []string {
	var parts []string
	var run []token
	end := func() {
		if len(run) > 0 {
			parts = append(parts, span(text, run))
		}
		run = nil
	}
	tokens := trim(lex(text))
	for i, t := range tokens {
		switch {
		case isMark(t, ",", ";", "&", "+"), t.kind == word && (t.text == "and" || t.text == "en"):
			end()
			continue
		case i > 0 && t.kind == number && t.spaced && tokens[i-1].kind == number:
			end()
		}
		run = append(run, t)
	}
	end()
	if strings.ContainsRune(text, rightToLeftOverride) {
		return nil
	}
	return parts
}
