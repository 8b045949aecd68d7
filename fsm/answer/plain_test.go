package answer

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/settle-chat/settle/message"
)

// plainLex is lex without its short ways.
func plainLex(text string) []token {
	if utf8.RuneCountInString(text) > maxRead {
		return nil
	}
	var tokens []token
	spaced := true
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		k, s := number, ""
		switch digit, isDigit := message.Digit(r); {
		case r == '\u20e3' || unicode.IsSpace(r):
			spaced = true
			continue
		case r != rightToLeftOverride && invisible(r):
			continue
		case isDigit:
			s = string(digit)
		case r == '🔟':
			s = "10"
		case unicode.IsLetter(r) || unicode.IsMark(r):
			k, s = word, string(r)
		default:
			k, s = mark, norm.NFKC.String(string(r))
		}
		if n := len(tokens); n > 0 && !spaced && k != mark && tokens[n-1].kind == k && r != '🔟' {
			tokens[n-1].text += s
			tokens[n-1].end = i + size
			continue
		}
		tokens = append(tokens, token{kind: k, text: s, spaced: spaced, start: i, end: i + size})
		spaced = false
	}
	return foldWords(tokens)
}

func FuzzLex(f *testing.F) {
	seeded(f)
	f.Add("4٣")
	f.Add("a\u200bb 1\u200b2 ٣4 \x00\x7f can't\ufffd\xffx")
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := lex(text), plainLex(text); !slices.Equal(got, want) {
			t.Errorf("lex(%q) = %+v, want %+v", text, got, want)
		}
	})
}

// plainNamed is the option of which a name fits: every name is folded and cut into its words, whatever is typed.
func plainNamed(options []Option, fits func(name []string) bool) (Choice, error) {
	found := Choice{Index: -1}
	for i, o := range options {
		how := ""
		for n, name := range append([]string{o.Label, o.Short}, o.Synonyms...) {
			if words := strings.Fields(message.Fold(name)); how == "" && len(words) > 0 && fits(words) {
				how = []string{ByLabel, ByShort, BySynonym}[min(n, 2)]
			}
		}
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

func FuzzNamed(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "Pay on a date", "")
	}
	for _, s := range []string{"pay on a dats", "PAY on a date", "payon a date", "Instalment", "pay"} {
		f.Add(s, "Pay\u2019s  on a date!", "Instalments")
	}
	f.Fuzz(func(t *testing.T, text, label, short string) {
		options := append(slices.Clone(menu), Option{ID: "more", Label: label, Short: short, Synonyms: []string{short + " " + label}})
		typed := strings.Fields(message.Fold(text))
		want, wantErr := plainNamed(options, func(name []string) bool { return slices.Equal(name, typed) })
		if got, err := named(options, message.Fold(text)); got != want || err != wantErr {
			t.Errorf("named(%q) among %+v = %+v, %v; want %+v, %v", text, options, got, err, want, wantErr)
		}
		tokens := trim(lex(text))
		if wantErr != ErrNotUnderstood || len(tokens) == 0 {
			return
		}
		typed = strings.Fields(message.Fold(span(text, tokens)))
		want, wantErr = plainNamed(options, func(name []string) bool { return slices.Equal(name, typed) })
		if wantErr == ErrNotUnderstood {
			if want, wantErr = beforeAnswer(text, tokens, options); wantErr == ErrNotUnderstood {
				if want, wantErr = plainNamed(options, func(name []string) bool { return nearly(name, typed) }); wantErr == nil {
					want.How = ByTypo
				}
			}
		}
		if got, err := chooseByWords(text, tokens, options); got != want || err != wantErr {
			t.Errorf("chooseByWords(%q) among %+v = %+v, %v; want %+v, %v", text, options, got, err, want, wantErr)
		}
	})
}

// An amount that is put into a layout is written as CLDR's formatter writes it.
func FuzzFormatMoney(f *testing.F) {
	for _, amount := range []string{"", "0.00", "-0.00", "0", "-", "1.00", "999.99", "1250.00", "-1250.00", "12345.67", "1234567.89", "999999999999.99", "9999999999999.99",
		"1250", "1250.5", "01.00", "1.005", "1e3", "NaN", "12 50.00"} {
		f.Add(amount)
	}
	f.Fuzz(func(t *testing.T, amount string) {
		for _, code := range []string{"ZAR", "USD", "JPY", "KWD", "TWD", "CHF", "INR", "XXX"} {
			for _, l := range append(slices.Collect(maps.Values(shipped)), Locale{}, Locale{Tag: "de", Language: "de"}) {
				want := ""
				if digits, ok := digitsOf(code); ok {
					want = formatMoney(amount, code, digits, l)
				}
				if got := FormatMoney(amount, code, l); got != want {
					t.Errorf("FormatMoney(%q, %s, %s) = %q, want %q", amount, code, l.Tag, got, want)
				}
			}
		}
	})
}
