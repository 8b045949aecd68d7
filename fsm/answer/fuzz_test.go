package answer

import (
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// seeds are texts that came close to fooling a reader.
var seeds = []string{
	"", " ", "1", "4 friday", "4️⃣", "🔟", "４", "15/12", "2026-12-15", "fri 4 dec 2026", "the 15th", "next friday", "in a week", "'n", "oor 'n week",
	"R1 250.00", "1,250", "1.200,50", "1e5", "-5", "R.500", "US$5", "¥1", "1²", "½", "\u202e51", "\xff\xfe", "4\xff friday", "é", "15\u0301 dec",
	"\u3164", "a\u3164b 4", "083 123 4567", "a@b.com", "12 Long St\n8001", "i can't pay", "promise friday", "1 and 3", "yes", "agent", "14 march 2196",
	"..", ",", "#", "option", "option .", "nr:", "please please", "4 .", "4 , , friday", "1st", "st", "12''3", "ﬁ", "ǅ", "İ 4",
}

func seeded(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
}

// zzz is a word that no reader knows: after it, nothing may be read.
const zzz = " zzz"

func FuzzDate(f *testing.F) {
	seeded(f)
	today := Civil{2026, 11, 24}
	bareNumber := regexp.MustCompile(`^[\s\pN]*$`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range shipped {
			d, err := Date(text, today, l)
			if err != nil {
				continue
			}
			if !d.Valid() || d.Before(today) || bareNumber.MatchString(text) {
				t.Errorf("Date(%q, %s) = %v", text, l.Tag, d)
			}
			if d, err := Date(text+zzz, today, l); err == nil {
				t.Errorf("Date(%q, %s) = %v, want an error", text+zzz, l.Tag, d)
			}
			if again, err := Date(FormatDate(d, l, DateStyle{}), today, l); err != nil || again != d {
				t.Errorf("Date(FormatDate(%v), %s) = %v, %v", d, l.Tag, again, err)
			}
		}
	})
}

func FuzzLeadingDate(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range shipped {
			month, day, year, rest, err := LeadingDate(text, l)
			if err == nil && (month < 1 || month > 12 || day < 1 || day > 31 || year < 0 || !strings.HasSuffix(text, rest)) {
				t.Errorf("LeadingDate(%q, %s) = %d, %d, %d, %q", text, l.Tag, month, day, year, rest)
			}
			// What LeadingDate and its callers pass over holds no date.
			for n, tokens := 0, lex(text); n <= len(tokens); n++ {
				if _, _, _, ok := l.birthDay(tokens[:n]); ok && (n < 2 || !HasNumber(text)) {
					t.Errorf("birthDay(%+v, %s): it is passed over", tokens[:n], l.Tag)
				}
			}
			if m, d, y, err := BirthDay(text, l); err == nil && (m < 1 || m > 12 || d < 1 || d > 31 || y < 0) {
				t.Errorf("BirthDay(%q, %s) = %d, %d, %d", text, l.Tag, m, d, y)
			}
			if _, _, _, err := BirthDay(text+zzz, l); err == nil {
				t.Errorf("BirthDay(%q, %s): no error", text+zzz, l.Tag)
			}
		}
	})
}

// The amount has the digits that were typed, in their order: nothing is calculated, rounded or dropped.
func FuzzMoney(f *testing.F) {
	seeded(f)
	canonical := map[string]*regexp.Regexp{
		"ZAR": regexp.MustCompile(`^(0|[1-9][0-9]*)\.[0-9]{2}$`),
		"JPY": regexp.MustCompile(`^(0|[1-9][0-9]*)$`),
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range shipped {
			for code, form := range canonical {
				got, err := Money(text, code, l)
				if err != nil {
					continue
				}
				typed := ""
				for _, tok := range lex(text) {
					if tok.kind == number {
						typed += tok.text
					}
				}
				digits := strings.Replace(got, ".", "", 1)
				if !form.MatchString(got) || strings.TrimRight(digits, "0") != strings.TrimRight(typed, "0") && trimZeros(digits) != trimZeros(typed) {
					t.Errorf("Money(%q, %s, %s) = %q", text, code, l.Tag, got)
				}
				if _, ok := new(big.Rat).SetString(got); !ok {
					t.Errorf("Money(%q, %s, %s) = %q, not a decimal", text, code, l.Tag, got)
				}
				if more, err := Money(text+zzz, code, l); err == nil {
					t.Errorf("Money(%q, %s, %s) = %q, want an error", text+zzz, code, l.Tag, more)
				}
				if again, err := Money(FormatMoney(got, code, l), code, l); err != nil || again != got {
					t.Errorf("Money(FormatMoney(%q, %s, %s)) = %q, %v", got, code, l.Tag, again, err)
				}
			}
		}
	})
}

func trimZeros(s string) string { return strings.Trim(s, "0") }

func FuzzChoose(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Choose(text, menu, true)
		if err == nil && (c.Index < 0 || c.Index >= len(menu) || c.How == "" || !strings.Contains(text, c.Rest)) {
			t.Errorf("Choose(%q) = %+v", text, c)
		}
		if err != nil && !errors.Is(err, ErrNotUnderstood) && !errors.Is(err, ErrAmbiguous) {
			t.Errorf("Choose(%q): %v", text, err)
		}
		if c, err := Choose(text, menu, false); err == nil && c.How == ByNumber {
			t.Errorf("Choose(%q) without numbers = %+v", text, c)
		}
		if c, err := Choose(zzz+" "+text, menu, true); err == nil {
			t.Errorf("Choose(%q) = %+v, want an error", zzz+" "+text, c)
		}
		picked, err := Choices(text, menu, true, 2)
		if err == nil && (len(picked) == 0 || len(picked) > 2) {
			t.Errorf("Choices(%q) = %v", text, picked)
		}
		if picked, err := Choices(text+zzz, menu, true, 2); err == nil {
			t.Errorf("Choices(%q) = %v, want an error", text+zzz, picked)
		}
	})
}

func FuzzWords(f *testing.F) {
	seeded(f)
	both := []string{"en", "af"}
	words := YesWordsFor(both)
	f.Fuzz(func(t *testing.T, text string) {
		if yes, no := YesNo(text, words); yes && no {
			t.Errorf("YesNo(%q) is both", text)
		}
		if yes, no := YesNo(text+zzz, words); yes || no {
			t.Errorf("YesNo(%q) = %v, %v", text+zzz, yes, no)
		}
		if w := Outranking(text+zzz, both); w != (Word{}) {
			t.Errorf("Outranking(%q) = %v", text+zzz, w)
		}
		Outranking(text, both)
	})
}

func FuzzContact(f *testing.F) {
	seeded(f)
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := Phone(text, "ZA"); err == nil && !e164.MatchString(got) {
			t.Errorf("Phone(%q) = %q", text, got)
		}
		if got, err := Email(text); err == nil && (strings.Count(got, "@") != 1 || strings.ContainsAny(got, " \n<>\"") || len(got) > 254) {
			t.Errorf("Email(%q) = %q", text, got)
		}
		if got, err := PostalAddress(text); err == nil && strings.ContainsAny(got, "\n@<>{}\u202e") {
			t.Errorf("PostalAddress(%q) = %q", text, got)
		}
		if got, err := Text(text, 20); err == nil && strings.ContainsAny(got, "\x00\x1b\u202e") {
			t.Errorf("Text(%q) = %q", text, got)
		}
		if got, err := Integer(text); err == nil && (got < 0 || got > 999999999) {
			t.Errorf("Integer(%q) = %d", text, got)
		}
		for name, err := range map[string]error{"Phone": second(Phone(text+zzz, "ZA")), "Email": second(Email(text + zzz)), "Integer": second(Integer(text + zzz))} {
			if err == nil {
				t.Errorf("%s(%q): no error", name, text+zzz)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
