package message

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// corpus reads testdata/optout.txt.
func corpus(t testing.TB) (stops, nones []string) {
	t.Helper()
	data, err := os.ReadFile("testdata/optout.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		kind, quoted, ok := strings.Cut(line, "\t")
		text, err := strconv.Unquote(`"` + strings.ReplaceAll(quoted, `"`, `\"`) + `"`)
		if !ok || err != nil {
			t.Fatalf("testdata/optout.txt:%d: %q: want kind, tab, text: %v", i+1, line, err)
		}
		switch kind {
		case "stop":
			stops = append(stops, text)
		case "none":
			nones = append(nones, text)
		default:
			t.Fatalf("testdata/optout.txt:%d: kind %q: want stop or none", i+1, kind)
		}
	}
	return stops, nones
}

func TestWordCorpus(t *testing.T) {
	t.Parallel()
	stops, nones := corpus(t)
	if len(stops) < 100 || len(nones) < 100 {
		t.Errorf("corpus has %d stops and %d others, want 100 of each at least", len(stops), len(nones))
	}
	for _, text := range stops {
		if got := Word(text, false); got != Stop {
			t.Errorf("Word(%q) = %v, want stop; folded %q", text, got, Fold(text))
		}
	}
	for _, text := range nones {
		if got := Word(text, false); got != None {
			t.Errorf("Word(%q) = %v, want none; folded %q", text, got, Fold(text))
		}
	}
}

// Real questions to a bank, none of which asks for no more messages (read one by one where a rule had caught them).
func TestWordLeavesBankQuestionsAlone(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join("..", "..", "shared", "data", "customer-questions.csv"))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("the customers' questions aren't here: put shared/ beside the project to run this")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1 // a few questions are broken over lines
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(rows)-1, 10003; got < want {
		t.Errorf("read %d questions, want at least %d", got, want)
	}
	for _, row := range rows[1:] {
		if got := Word(row[0], false); got != None {
			t.Errorf("Word(%q) = %v, want none", row[0], got)
		}
	}
}

func TestWordCarriersWords(t *testing.T) {
	t.Parallel()
	var file struct {
		OptOut        []string `json:"opt_out"`
		FCC           []string `json:"fcc_words"`
		OptIn         []string `json:"opt_in"`
		OptInTollFree []string `json:"opt_in_toll_free"`
		Help          []string `json:"help"`
	}
	vectors(t, "keywords.json", &file)
	disguises := []func(string) string{
		func(s string) string { return s },
		strings.ToLower,
		strings.ToUpper,
		func(s string) string { return "  " + s + "!!!\n" },
		func(s string) string { return strings.Join(strings.Split(s, ""), " ") },
		func(s string) string { return strings.Join(strings.Split(s, ""), "\u200d") },
		func(s string) string { return "Please " + s + " 🙏" },
		func(s string) string { // full width
			return strings.Map(func(r rune) rune {
				if r > ' ' && r < 0x7F {
					return r + 0xFEE0
				}
				return r
			}, s)
		},
	}
	check := func(words []string, optedOut bool, want Kind) {
		for _, word := range words {
			for _, disguise := range disguises {
				if got := Word(disguise(word), optedOut); got != want {
					t.Errorf("Word(%q, %v) = %v, want %v", disguise(word), optedOut, got, want)
				}
			}
		}
	}
	for _, optedOut := range []bool{false, true} {
		check(file.OptOut, optedOut, Stop)
		check(file.FCC, optedOut, Stop)
		check(file.OptInTollFree, optedOut, Start)
		check(file.Help, optedOut, Help)
	}
	check(file.OptIn, true, Start)
	check([]string{"YES", "begin", "hervat"}, false, None)
}

// What lets a rule be skipped must never hide a match.
func TestRequestsAreSkippedOnlyInVain(t *testing.T) {
	t.Parallel()
	stops, nones := corpus(t)
	for _, text := range append(stops, nones...) {
		form := spelled(Fold(text))
		for _, rule := range requests {
			if rule.asks.MatchString(form) && !slices.ContainsFunc(rule.has, func(part string) bool { return strings.Contains(form, part) }) {
				t.Errorf("%q matches %v but has none of %q", form, rule.asks, rule.has)
			}
		}
	}
}

// Consent is never guessed, and help is no word for a sentence.
func TestWordStartIsStrict(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"yes but later", "yes please call me", "start my card", "when does it start", "don't start", "ja", "ok",
		"i want to start a plan", "sttart", "staart", "yess", "st4rt", "help me pay", "info on my plan", "1"} {
		if got := Word(text, true); got != None {
			t.Errorf("Word(%q, true) = %v, want none", text, got)
		}
	}
}

func FuzzWord(f *testing.F) {
	stops, nones := corpus(f)
	for _, text := range append(stops, nones...) {
		f.Add(text)
	}
	f.Add("\xff\u202e")
	f.Add(strings.Repeat("stop ", 800))
	f.Fuzz(func(t *testing.T, text string) {
		folded := Fold(text)
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, folded again %q", text, folded, again)
		}
		without, with := Word(text, false), Word(text, true)
		if without != with && (without != None || with != Start) {
			t.Errorf("Word(%q) = %v, for who has left %v: only Start may depend on that", text, without, with)
		}
		// Whatever they wrote before, STOP on its own line is heard.
		if got := Word(text+"\nSTOP", false); got != Stop {
			t.Errorf("Word(%q) = %v, want stop", text+"\nSTOP", got)
		}
	})
}

func BenchmarkWord(b *testing.B) {
	for _, bm := range []struct{ name, text string }{
		{"number", "2"},
		{"sentence", "I want to stop paying twice, can you move it to Friday?"},
		{"longest", strings.Repeat("stop sending the ", MaxInbound/17)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Word(bm.text, false)
			}
		})
	}
}
