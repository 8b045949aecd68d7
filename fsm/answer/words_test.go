package answer

import (
	"strings"
	"testing"

	"github.com/settle-chat/settle/message"
)

func TestOutranking(t *testing.T) {
	t.Parallel()
	both := []string{"en", "af-ZA"}
	for _, tc := range []struct {
		text      string
		languages []string
		want      Word
	}{
		{"AGENT", both, Word{Kind: Agent}},
		{"agent please!", both, Word{Kind: Agent}},
		{"Speak to someone", both, Word{Kind: Agent}},
		{"call me", both, Word{Kind: Agent}},
		{"ask a colleague", both, Word{Kind: Agent}},
		{"'n mens asb", both, Word{Kind: Agent}},
		{"back", both, Word{Kind: Back}},
		{"ＢＡＣＫ", both, Word{Kind: Back}},
		{"bаck", both, Word{Kind: Back}}, // Cyrillic а
		{"b\u200back", both, Word{Kind: Back}},
		{"TERUG", both, Word{Kind: Back}},
		{"menu", both, Word{Kind: Menu}},
		{"kieslys", both, Word{Kind: Menu}},
		{"UNDO.", both, Word{Kind: Undo}},
		{"ontdoen", both, Word{Kind: Undo}},
		{"cases", both, Word{Kind: Cases}},
		{"sake", both, Word{Kind: Cases}},
		{"help", both, Word{Kind: Help}},
		{"hulp", both, Word{Kind: Help}},
		{"Afrikaans", both, Word{Kind: Language, Language: "af-ZA"}},
		{"ENGLISH", both, Word{Kind: Language, Language: "en"}},

		{"my agent told me", both, Word{}},
		{"I want my money back", both, Word{}},
		{"call me on monday", both, Word{}},
		{"human error", both, Word{}},
		{"is there a menu?", both, Word{}},
		{"agent?", both, Word{}},
		{"undo 2", both, Word{}},
		{"", both, Word{}},
		{"!!!", both, Word{}},
		{"terug", []string{"en"}, Word{}}, // only the bot's languages
		{"afrikaans", []string{"en"}, Word{}},
		{"agent", nil, Word{}},
		{"agent", []string{"zu", "!!"}, Word{}},
	} {
		if got := Outranking(tc.text, tc.languages); got != tc.want {
			t.Errorf("Outranking(%q, %v) = %v, want %v", tc.text, tc.languages, got, tc.want)
		}
	}
}

// A word has one meaning in its language, every kind has a word in every language, and STOP's words stay message.Word's.
func TestOutrankingTable(t *testing.T) {
	t.Parallel()
	for lang, kinds := range outranking {
		seen := map[string]WordKind{}
		for _, kind := range []WordKind{Agent, Back, Menu, Undo, Cases, Help, Language} {
			if kinds[kind] == "" {
				t.Errorf("%s has no word for %s", lang, kind)
			}
			for w := range strings.SplitSeq(kinds[kind], ",") {
				folded := message.Fold(w)
				if other, ok := seen[folded]; ok || folded == "" {
					t.Errorf("%s: %q is both %s and %s", lang, w, other, kind)
				}
				seen[folded] = kind
				if got := Outranking(w, []string{lang}); got.Kind != kind {
					t.Errorf("Outranking(%q, %s) = %v, want %s", w, lang, got, kind)
				}
			}
		}
		for _, w := range append(yesWords[lang].Yes, yesWords[lang].No...) {
			if kind, ok := seen[message.Fold(w)]; ok {
				t.Errorf("%s: %q is a yes or no and %s", lang, w, kind)
			}
		}
	}
}

func TestYesNo(t *testing.T) {
	t.Parallel()
	both := YesWordsFor([]string{"en-ZA", "af"})
	for _, tc := range []struct {
		text    string
		words   YesWords
		yes, no bool
	}{
		{"yes", both, true, false},
		{"YES!!", both, true, false},
		{"Yes please", both, true, false},
		{"y", both, true, false},
		{"that’s right", both, true, false},
		{"Ja", both, true, false},
		{"no", both, false, true},
		{"No, thanks", both, false, true},
		{"no thank you!", both, false, true},
		{"thank you", both, false, false},
		{"nee dankie", both, false, true},
		{"i don't agree", both, false, true},
		{"ok", both, false, false},
		{"yes?", both, false, false},
		{"yes no", both, false, false},
		{"yes but friday", both, false, false},
		{"not yes", both, false, false},
		{"yesterday", both, false, false},
		{"👍", both, false, false},
		{"", both, false, false},
		{"ja", YesWordsFor([]string{"en"}), false, false},
		{"sure", YesWords{Yes: []string{"Sure!"}}, true, false},
		{"ja", YesWords{Yes: []string{"ja"}, No: []string{"JA"}}, false, false},
		{"yes", YesWords{}, false, false},
	} {
		if yes, no := YesNo(tc.text, tc.words); yes != tc.yes || no != tc.no {
			t.Errorf("YesNo(%q) = %v, %v; want %v, %v", tc.text, yes, no, tc.yes, tc.no)
		}
	}
}
