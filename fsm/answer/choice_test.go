package answer

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

var menu = []Option{
	{ID: "pay", Label: "Pay R 1 250,00 now", Short: "Pay now", Synonyms: []string{"pay"}},
	{ID: "pay-part", Label: "Pay part"},
	{ID: "plan", Label: "Pay in instalments", Short: "Instalments", Synonyms: []string{"plan"}},
	{ID: "promise", Label: "Pay on a date", Synonyms: []string{"promise"}},
	{ID: "dispute", Label: "I disagree", Synonyms: []string{"dispute"}},
	{ID: "hardship", Label: "I can't pay"},
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, id, rest, how string
		err                 error
	}{
		{"4", "promise", "", ByNumber, nil},
		{"4 friday", "promise", "friday", ByNumber, nil},
		{" 4.  ", "promise", "", ByNumber, nil},
		{"4)", "promise", "", ByNumber, nil},
		{"4. on Friday", "promise", "on Friday", ByNumber, nil},
		{"4 - friday", "promise", "friday", ByNumber, nil},
		{"4, 15 Dec", "promise", "15 Dec", ByNumber, nil},
		{"4 15/12/2026", "promise", "15/12/2026", ByNumber, nil},
		{"4 2026-12-15", "promise", "2026-12-15", ByNumber, nil},
		{"2 R500", "pay-part", "R500", ByNumber, nil},
		{"2 $500", "pay-part", "$500", ByNumber, nil},
		{"5 wrong amount", "dispute", "wrong amount", ByNumber, nil},
		{"option 4", "promise", "", ByNumber, nil},
		{"Option 4 please", "promise", "", ByNumber, nil},
		{"nr 4", "promise", "", ByNumber, nil},
		{"Nr. 4", "promise", "", ByNumber, nil},
		{"#4", "promise", "", ByNumber, nil},
		{"opsie 4 asb", "promise", "", ByNumber, nil},
		{"4️⃣", "promise", "", ByNumber, nil},
		{"4️⃣friday", "promise", "friday", ByNumber, nil},
		{"４", "promise", "", ByNumber, nil},
		{"٤", "promise", "", ByNumber, nil},
		{"\u200b4\u2060!", "promise", "", ByNumber, nil},

		{"0", "", "", "", ErrNotUnderstood},
		{"7", "", "", "", ErrNotUnderstood},
		{"14", "", "", "", ErrNotUnderstood},
		{"04", "", "", "", ErrNotUnderstood},
		{"-4", "", "", "", ErrNotUnderstood},
		{"R4", "", "", "", ErrNotUnderstood},
		{"4th", "", "", "", ErrNotUnderstood},
		{"4%", "", "", "", ErrNotUnderstood},
		{"4?", "", "", "", ErrNotUnderstood},
		{"4.5", "", "", "", ErrNotUnderstood},
		{"4,50", "", "", "", ErrNotUnderstood},
		{"1/2", "", "", "", ErrNotUnderstood},
		{"1-2", "", "", "", ErrNotUnderstood},
		{"1 or 2", "", "", "", ErrNotUnderstood},
		{"4²", "", "", "", ErrNotUnderstood},
		{"4friday", "", "", "", ErrNotUnderstood},
		{"no 4", "", "", "", ErrNotUnderstood},
		{"not 4", "", "", "", ErrNotUnderstood},
		{"4 weeks", "", "", "", ErrNotUnderstood},
		{"2 of my cards", "", "", "", ErrNotUnderstood},
		{"3 x R416,67", "", "", "", ErrNotUnderstood},
		{"0831234567", "", "", "", ErrNotUnderstood},
		{"4 083 123 4567", "", "", "", ErrNotUnderstood},
		{"4 +27 83 123 4567", "", "", "", ErrNotUnderstood},
		{"4111 1111 1111 1111", "", "", "", ErrNotUnderstood},
		{"1 I was wondering if you could tell me more about it", "", "", "", ErrNotUnderstood},
		{"1 2", "", "", "", ErrAmbiguous},
		{"1️⃣2️⃣", "", "", "", ErrAmbiguous},
		{"4 500", "", "", "", ErrAmbiguous}, // R4 500, or option 4 and R500
		{"4 december", "", "", "", ErrAmbiguous},
		{"4 Mei", "", "", "", ErrAmbiguous},

		{"pay part", "pay-part", "", ByLabel, nil},
		{"PAY  PART!", "pay-part", "", ByLabel, nil},
		{"i cant pay", "hardship", "", ByLabel, nil},
		{"I can’t pay", "hardship", "", ByLabel, nil},
		{"pay r1 250.00 now", "", "", "", ErrNotUnderstood},
		{"pay r 1 250.00 now", "pay", "", ByLabel, nil},
		{"pay now", "pay", "", ByShort, nil},
		{"pay", "pay", "", BySynonym, nil},
		{"plan", "plan", "", BySynonym, nil},
		{"instalmens", "plan", "", ByTypo, nil},
		{"i dissagree", "dispute", "", ByTypo, nil},
		{"disputed", "dispute", "", ByTypo, nil},
		{"pay in installments", "plan", "", ByTypo, nil},
		{"instalmnt", "", "", "", ErrNotUnderstood}, // two letters
		{"paz part", "", "", "", ErrNotUnderstood},  // short words have no typos
		{"plam", "", "", "", ErrNotUnderstood},
		{"I agree", "", "", "", ErrNotUnderstood},
		{"disagree", "", "", "", ErrNotUnderstood},
		{"i can pay", "", "", "", ErrNotUnderstood},
		{"don't pay part", "", "", "", ErrNotUnderstood},
		{"pay part?", "", "", "", ErrNotUnderstood},

		{"promise friday", "promise", "friday", BySynonym, nil},
		{"promise on 15 December", "promise", "on 15 December", BySynonym, nil},
		{"Promise, next friday please", "promise", "next friday", BySynonym, nil},
		{"pay part R500", "pay-part", "R500", ByLabel, nil},
		{"pay part 1,250.50", "pay-part", "1,250.50", ByLabel, nil},
		{"promises friday", "", "", "", ErrNotUnderstood},
		{"i can't pay with my card", "", "", "", ErrNotUnderstood},
		{"i disagree with a charge", "", "", "", ErrNotUnderstood},
		{"promise you friday", "", "", "", ErrNotUnderstood},
		{"i promise friday", "", "", "", ErrNotUnderstood},
		{"", "", "", "", ErrNotUnderstood},
	} {
		c, err := Choose(tc.text, menu, true)
		id := ""
		if err == nil {
			id = menu[c.Index].ID
		}
		if id != tc.id || c.Rest != tc.rest || c.How != tc.how || !errors.Is(err, tc.err) {
			t.Errorf("Choose(%q) = %q, rest %q, by %q, %v; want %q, rest %q, by %q, %v", tc.text, id, c.Rest, c.How, err, tc.id, tc.rest, tc.how, tc.err)
		}
	}
}

func TestChooseOtherMenus(t *testing.T) {
	t.Parallel()
	labels := func(labels ...string) (options []Option) {
		for _, l := range labels {
			options = append(options, Option{Label: l})
		}
		return options
	}
	for _, tc := range []struct {
		name, text string
		options    []Option
		numbered   bool
		want       int
		err        error
	}{
		{"number without numbers", "1", labels("Yes", "No"), false, 0, ErrNotUnderstood},
		{"number and rest without numbers", "1 friday", labels("Yes", "No"), false, 0, ErrNotUnderstood},
		{"label without numbers", "no", labels("Yes", "No"), false, 1, nil},
		{"a label that is another's number", "2", labels("2", "3"), true, 0, ErrAmbiguous},
		{"a label that is its own number", "2", labels("1", "2"), true, 1, nil},
		{"a label that begins with another's number", "3 x R416,67", labels("3 x R416,67", "6 x R208,34", "12 x R104,17"), true, 0, nil},
		{"two like labels", "try again", labels("Try again", "Try again!"), true, 0, ErrAmbiguous},
		{"two typos as near", "plast", labels("plant", "plasm"), true, 0, ErrAmbiguous},
		{"a whole label before a typo", "plant", labels("plant", "plants"), true, 0, nil},
		{"a digit is no typo", "cards1", labels("cards2", "other"), true, 0, ErrNotUnderstood},
		{"ten", "🔟", labels("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"), true, 9, nil},
		{"no options", "1", nil, true, 0, ErrNotUnderstood},
		{"labels of nothing", "!!", labels("", "!!"), true, 0, ErrNotUnderstood},
		{"a name that is the beginning of another", "pay part 500", labels("Pay", "Pay part"), true, 1, nil},
		{"an answer that may begin in two places", "pay friday 15 dec", labels("Pay", "Pay Friday"), true, 0, ErrAmbiguous},
		{"prefix of two", "pay friday", labels("Pay", "pay!"), true, 0, ErrAmbiguous},
	} {
		c, err := Choose(tc.text, tc.options, tc.numbered)
		if !errors.Is(err, tc.err) || err == nil && c.Index != tc.want {
			t.Errorf("%s: Choose(%q) = %d, %v; want %d, %v", tc.name, tc.text, c.Index, err, tc.want, tc.err)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want []int
		err  error
	}{
		{"1 and 3", []int{0, 2}, nil},
		{"3, 1", []int{0, 2}, nil},
		{"1 3", []int{0, 2}, nil},
		{"1,3", []int{0, 2}, nil},
		{"1 & 3 en 1", []int{0, 2}, nil},
		{"1️⃣3️⃣", []int{0, 2}, nil},
		{"2", []int{1}, nil},
		{"pay part, i disagree", []int{1, 4}, nil},
		{"pay part and 3", []int{1, 2}, nil},
		{"13", nil, ErrNotUnderstood},
		{"1 and 9", nil, ErrNotUnderstood},
		{"1 and friday", nil, ErrNotUnderstood},
		{"1, 2, 3, 4", nil, ErrTooMany},
		{"all", nil, ErrNotUnderstood},
		{"and", nil, ErrNotUnderstood},
		{"", nil, ErrNotUnderstood},
	} {
		got, err := Choices(tc.text, menu, true, 3)
		if !slices.Equal(got, tc.want) || !errors.Is(err, tc.err) {
			t.Errorf("Choices(%q) = %v, %v; want %v, %v", tc.text, got, err, tc.want, tc.err)
		}
	}
}

// None of 10,003 questions that people wrote to a bank picks an option of the overdue-account menu, is a date, an amount, a yes
// or a no, or one of the words that outrank every state.
func TestRealQuestions(t *testing.T) {
	t.Parallel()
	const path = "../../../shared/data/customer-questions.csv"
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("%s is not here: the real questions are not tried", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1 // a few questions were stored over several lines, without quotes: each line is tried
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	today, l := Civil{2026, 11, 24}, locale(t, "en-ZA")
	for _, row := range rows[1:] {
		text := strings.TrimSpace(row[0])
		if c, err := Choose(text, menu, true); err == nil {
			t.Errorf("Choose(%q) = %s by %s, want no choice", text, menu[c.Index].ID, c.How)
		}
		if d, err := Date(text, today, l); err == nil {
			t.Errorf("Date(%q) = %v, want no date", text, d)
		}
		if m, err := Money(text, "ZAR", l); err == nil {
			t.Errorf("Money(%q) = %v, want no amount", text, m)
		}
		if yes, no := YesNo(text, YesWordsFor([]string{"en", "af"})); yes || no {
			t.Errorf("YesNo(%q) = %v, %v; want neither", text, yes, no)
		}
		if w := Outranking(text, []string{"en", "af"}); w.Kind != NoWord {
			t.Errorf("Outranking(%q) = %v, want none", text, w)
		}
	}
	if got, want := len(rows)-1, 10003; got < want {
		t.Errorf("tried %d lines, want the %d questions at least", got, want)
	}
}
