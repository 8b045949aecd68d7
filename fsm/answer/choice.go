package answer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"

	"github.com/settle-chat/settle/message"
)

// Option is one line of a menu.
type Option struct {
	ID       string
	Label    string
	Short    string
	Synonyms []string
}

// Choice is the option that a text picks.
type Choice struct {
	Index int    // in the options, from 0
	Rest  string // what stood after it, as typed
	How   string // number, label, short, synonym, typo: for the journal
}

// How a choice was made.
const (
	ByNumber  = "number"
	ByLabel   = "label"
	ByShort   = "short"
	BySynonym = "synonym"
	ByTypo    = "typo"
)

// Choose finds the option that the text picks: by its number where the menu was numbered ("4", "4)", "option 4", "4️⃣", "４"),
// by its whole label, short label or synonym, or by one of those with at most one letter wrong in each word of five letters or
// more. Two options that fit are ErrAmbiguous, none is ErrNotUnderstood; a number and a label that name different options are
// ErrAmbiguous too.
//
// A number may have words after it, and a label a date, an amount or a number: "4 friday", "pay on a date 15 december". They come
// back as Rest. The caller must refuse the choice where the option asks nothing that Rest answers: "I can't pay on Friday" isn't
// "I can't pay".
func Choose(text string, options []Option, numbered bool) (Choice, error) {
	c, err := choose(text, options, numbered)
	if err != nil {
		return Choice{}, fmt.Errorf("choose: %w", err)
	}
	return c, nil
}

func choose(text string, options []Option, numbered bool) (Choice, error) {
	tokens := trim(lex(text))
	if len(tokens) == 0 || !onlySmallNumbers(tokens) || asks(tokens) {
		return Choice{}, ErrNotUnderstood
	}
	byWords, wordsErr := chooseByWords(text, tokens, options)
	if !numbered || wordsErr == ErrAmbiguous {
		return byWords, wordsErr
	}
	byNumber, numberErr := chooseByNumber(text, tokens, len(options))
	switch {
	case wordsErr != nil:
		return byNumber, numberErr
	case numberErr == nil && byNumber.Index != byWords.Index && byNumber.Rest == "":
		return Choice{}, ErrAmbiguous // the second option's label is "1"
	}
	return byWords, nil // "3 x R416,67" is a label, whatever its 3 might be
}

// asks reports whether the text is a question: whoever asks has not chosen.
func asks(tokens []token) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return isMark(t, "?") })
}

// onlySmallNumbers refuses what holds a telephone, account or card number, also one written in groups.
func onlySmallNumbers(tokens []token) bool {
	run := 0
	for _, t := range tokens {
		switch {
		case t.kind == word:
			run = 0
		case t.kind == number:
			if run += len(t.text); run > 9 {
				return false
			}
		}
	}
	return true
}

// chooseByWords looks for whole names, then for names before an answer, then for whole names with a typo.
func chooseByWords(text string, tokens []token, options []Option) (Choice, error) {
	typed := message.Fold(span(text, tokens))
	c, err := named(options, typed)
	if err != ErrNotUnderstood {
		return c, err
	}
	if c, err = beforeAnswer(text, tokens, options); err != ErrNotUnderstood {
		return c, err
	}
	words := strings.Fields(typed)
	if !slices.ContainsFunc(words, long) {
		return Choice{}, ErrNotUnderstood
	}
	c, err = unique(options, func(name string) bool {
		return message.Words(name) == len(words) && nearly(strings.Fields(message.Fold(name)), words)
	})
	if err == nil {
		c.How = ByTypo
	}
	return c, err
}

// beforeAnswer looks for a name with an answer after it, wherever the two may part: "pay part 500" can't be "pay", since nothing
// reads "part 500".
func beforeAnswer(text string, tokens []token, options []Option) (Choice, error) {
	found := Choice{Index: -1}
	for i := len(tokens) - 1; i > 0; i-- {
		rest := tokens[i:]
		if !rest[0].spaced {
			continue
		}
		c, err := named(options, message.Fold(span(text, tokens[:i])))
		switch {
		case err == ErrNotUnderstood || err == nil && c.Index == found.Index || !readable(rest): // in the order of what they cost
		case err == ErrAmbiguous || found.Index >= 0:
			return Choice{}, ErrAmbiguous
		default:
			c.Rest = span(text, rest)
			found = c
		}
	}
	if found.Index < 0 {
		return Choice{}, ErrNotUnderstood
	}
	return found, nil
}

// readable reports whether some reader would take the tokens: as a date in any shipped language, an amount or a number.
func readable(tokens []token) bool {
	if _, err := readDate(tokens, Civil{2001, 1, 1}, Locale{Language: "af"}); err == nil || errors.Is(err, ErrAmbiguous) {
		return true
	}
	shape, before, after := cutAmount(tokens)
	named := strings.ToLower(before + after)
	if m := decimals.FindStringSubmatch(shape); m != nil && !grouped.MatchString(shape) {
		shape = m[1]
	}
	return (bare.MatchString(shape) || grouped.MatchString(shape)) && (named == "" || otherCurrency(named))
}

// named returns the one option that goes by this name, which is folded.
func named(options []Option, folded string) (Choice, error) {
	return unique(options, func(name string) bool { return folded != "" && message.Folds(name, folded) })
}

// unique returns the one option of which a name fits, told how by its best name.
func unique(options []Option, fits func(name string) bool) (Choice, error) {
	found := Choice{Index: -1}
	for i := range options {
		how := options[i].how(fits)
		switch {
		case how == "":
		case found.Index >= 0:
			return Choice{}, ErrAmbiguous
		default:
			found = Choice{Index: i, How: how}
		}
	}
	if found.Index < 0 {
		return Choice{}, ErrNotUnderstood
	}
	return found, nil
}

// how says which of the option's names fits, the best first; empty where none does.
func (o *Option) how(fits func(name string) bool) string {
	switch {
	case fits(o.Label):
		return ByLabel
	case fits(o.Short):
		return ByShort
	case slices.ContainsFunc(o.Synonyms, fits):
		return BySynonym
	}
	return ""
}

// nearly reports whether the words are the same but for one letter in words of five letters or more. Numbers must be the same.
func nearly(name, typed []string) bool {
	if len(name) != len(typed) {
		return false
	}
	for i := range name {
		if name[i] == typed[i] {
			continue
		}
		if !long(name[i]) || !long(typed[i]) || levenshtein.ComputeDistance(name[i], typed[i]) > 1 {
			return false
		}
	}
	return true
}

// long reports whether a word has letters enough for one of them to be wrong.
func long(w string) bool { return letters(w) >= 5 }

// letters counts a word's letters. A word with a digit has none: a digit is never a typo.
func letters(w string) int {
	n := 0
	for _, r := range w {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return 0
		}
		n++
	}
	return n
}

// span is the text of these tokens as it was typed.
func span(text string, tokens []token) string {
	return text[tokens[0].start:tokens[len(tokens)-1].end]
}
