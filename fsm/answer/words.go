package answer

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/settle-chat/settle/message"
)

// WordKind is what an outranking word asks for.
type WordKind string

// The outranking words that depend on the language. STOP, START and the carriers' HELP are message.Word's.
const (
	NoWord   WordKind = ""
	Agent    WordKind = "agent"    // a person
	Back     WordKind = "back"     // to the last question; undoes nothing
	Menu     WordKind = "menu"     //
	Undo     WordKind = "undo"     // the last commitment
	Cases    WordKind = "cases"    // the list of open cases
	Help     WordKind = "help"     //
	Language WordKind = "language" // another language, by its own name
)

// Word is an outranking word; the zero Word is none.
type Word struct {
	Kind     WordKind
	Language string // for Language: the tag, as the caller wrote it
}

// Outranking recognises the words that act in every state, in the languages that the bot speaks. Only a whole message counts, in
// any case and disguise that message.Fold levels: "agent" is one, "my agent told me" isn't.
func Outranking(text string, languages []string) Word {
	folded := whole(text)
	if folded == "" {
		return Word{}
	}
	for _, tag := range languages {
		if kind, ok := folds()[base(tag)][folded]; ok {
			if kind == Language {
				return Word{Kind: Language, Language: tag}
			}
			return Word{Kind: kind}
		}
	}
	return Word{}
}

// YesWords are what counts as a yes and as a no.
type YesWords struct{ Yes, No []string }

// YesWordsFor returns the words of these languages together. "OK" isn't among them: it says as often "I've read it", and a
// commitment hangs on it. A workflow may add its own.
func YesWordsFor(languages []string) YesWords {
	var w YesWords
	for _, tag := range languages {
		w.Yes = append(w.Yes, yesWords[base(tag)].Yes...)
		w.No = append(w.No, yesWords[base(tag)].No...)
	}
	return w
}

// YesNo reads a yes or a no, whole messages only. A text that is neither, or that is among both words, is neither.
func YesNo(text string, words YesWords) (yes, no bool) {
	folded := whole(text)
	if folded == "" {
		return false, false
	}
	is := func(w string) bool { return message.Fold(w) == folded }
	yes, no = slices.ContainsFunc(words.Yes, is), slices.ContainsFunc(words.No, is)
	return yes && !no, no && !yes
}

// whole is the folded text without polite words around it; empty where it is a question or too long.
func whole(text string) string {
	tokens := trim(lex(text))
	if len(tokens) == 0 || asks(tokens) {
		return ""
	}
	return message.Fold(span(text, tokens))
}

// base is the language of a tag: af for af-ZA.
func base(tag string) string {
	if l, ok := shipped[tag]; ok {
		return l.Language
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	b, _ := parsed.Base()
	return b.String()
}

// folds is the table of outranking words by language, folded as the texts are.
var folds = sync.OnceValue(func() map[string]map[string]WordKind {
	out := map[string]map[string]WordKind{}
	for tag, kinds := range outranking {
		out[tag] = map[string]WordKind{}
		for kind, words := range kinds {
			for w := range strings.SplitSeq(words, ",") {
				out[tag][message.Fold(w)] = kind
			}
		}
	}
	return out
})
