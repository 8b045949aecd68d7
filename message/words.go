package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is which of the words that outrank every state a message is.
type Kind int

// The kinds of words.
const (
	None  Kind = iota
	Stop       // wants no more messages
	Start      // wants them again
	Help       // wants to know who writes and why
)

func (k Kind) String() string {
	switch k {
	case Stop:
		return "stop"
	case Start:
		return "start"
	case Help:
		return "help"
	}
	return "none"
}

// Word says whether text asks for no more messages, or for messages again, or for help: in English and Afrikaans, in any
// disguise that Fold levels, spelled out (S T O P), backwards under a bidi override, in digits (ST0P) or in flags.
//
//   - Stop is generous. The carriers' words and their kin count as a whole message, in one clause of it ("I paid. STOP") or
//     repeated; a request in a sentence counts however it is put ("don't text me again", "los my uit"), also beside an answer
//     to who is replying ("please stop 14 march 2196"). What somebody wants to stop, end or cancel at the bank doesn't. In
//     doubt it says Stop: one tap undoes that, a complaint isn't undone.
//   - Start is strict: only the carriers' words as a whole message, and YES (with BEGIN and HERVAT) only where optedOut says
//     that the contact has left, since it is an everyday answer otherwise.
//   - Help is the carriers' HELP and INFO; other words for it are language files' business.
func Word(text string, optedOut bool) Kind {
	if isWordless(text) {
		return None
	}
	forms := readings(text)
	for _, form := range forms {
		if isStop(form, true) || asksToStop(form) {
			return Stop
		}
		// "please stop 14 march 2196" says both at once. "Cancel 14 march" is about what was agreed for that day.
		if rest, ok := withoutFacts(form); ok && (isStop(rest, false) || asksToStop(rest)) {
			return Stop
		}
	}
	for clause := range strings.FieldsFuncSeq(text, endsClause) {
		if len(clause) == len(text) {
			break // the only one, and read above
		}
		form := spelled(Fold(clause))
		rest, facts := withoutFacts(form)
		if isStop(rest, !facts) && !pointsBack.MatchString(form) {
			return Stop
		}
	}
	if forms[0] == "" && strings.ContainsAny(text, "🛑⛔") {
		return Stop
	}
	if isLeet(text) {
		return Stop
	}
	switch whole := strings.Join(without(forms[0], courtesies), ""); {
	case slices.Contains(starts, whole), optedOut && slices.Contains(startsAgain, whole):
		return Start
	case slices.Contains(helps, whole):
		return Help
	}
	return None
}

// The carriers' words to start and to ask for help (CTIA's handbook, Twilio's defaults), written without spaces.
var (
	starts      = []string{"start", "unstop"}
	startsAgain = []string{"yes", "begin", "hervat"}
	helps       = []string{"help", "info"}
)

// Words that mean stop as a whole message. Those of strong also do beside words that add nothing (fillers), those of weak
// only beside a courtesy: "no, cancel" may well answer our question.
var (
	strong = keys("stop stopall unsubscribe optout unsub removeme blockme unsubscribeme deregister halt desist " +
		"stoptexting stoptextingme stopmessaging stopmessagingme stopsms stoptexts stopmessages stopcalling stopcallingme stop2end stop2stop " +
		"stp stpo sotp satop tsop stopt ztop stip unsuscribe unsubcribe unsubscibe unsubscrib unsubsribe unsubsrcibe unsubscribed " + // misspelt
		"staak houop hoeop ophou tekenuit skryfuit skakeluit uitskakel afmeld losmy verwydermy " + // Afrikaans
		"ctop стоп arret alto pare parar basta nomas nomore") // СТОР in Cyrillic; what other neighbours say
	weak = keys("cancel end quit revoke cease quitit kanselleer beeindig eindig herroep onttrek cancell cansel cancle")
)

var (
	courtesies = set("please pls plz plse kindly thanks thx tx ty now immediately asb asseblief dankie nou dadelik")
	fillers    = set("just ok okay yes no nee ja enough genoeg net tog already hey hi hello hallo sir madam man guys people me us my it this that " +
		"these those the your all everything alles dit sms text texts i ek we said say se sê want wil to reply replying again weer and en " +
		"right away asap fuck fucking bloody damn dammit wtf ffs omg jesus god lol with from it this then so")
)

// pointsBack finds what refers to another clause: "My card was stolen. Please stop this." is about the card.
var pointsBack = regexp.MustCompile(`\b(?:it|this|that|these|those|them|everything|all|dit)\b`)

// isStop reports whether a folded text, as a whole, is a word to stop: one of strong, or also of weak.
func isStop(form string, alsoWeak bool) bool {
	words := without(form, courtesies)
	if len(words) == 0 {
		return false
	}
	if whole := squeeze(strings.Join(words, "")); strong[whole] || alsoWeak && weak[whole] {
		return true
	}
	rest := words[:0:0]
	for _, word := range words {
		if !fillers[word] && !isNumeral(word) {
			rest = append(rest, word)
		}
	}
	if len(rest) == 0 {
		return false
	}
	if strong[squeeze(strings.Join(rest, ""))] {
		return true
	}
	only := func(of map[string]bool, words []string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !of[once(squeeze(word))] })
	}
	return only(strong, rest) || alsoWeak && only(weak, words)
}

// once reads stopstopstop as stop.
func once(word string) string {
	if len(word) > 4 && strings.ReplaceAll(word, "stop", "") == "" {
		return "stop"
	}
	return word
}

// readings returns what a text may say: as it is, backwards where a bidi override shows it so, and its regional indicators
// as letters, which in pairs look like flags.
func readings(text string) []string {
	forms := []string{spelled(Fold(text))}
	if strings.ContainsRune(text, '\u202E') {
		runes := []rune(text)
		slices.Reverse(runes)
		forms = append(forms, spelled(Fold(string(runes))))
	}
	if strings.ContainsFunc(text, isRegional) {
		forms = append(forms, spelled(Fold(strings.Map(func(r rune) rune {
			if isRegional(r) {
				return 'a' + r - '🇦'
			}
			return r
		}, text))))
	}
	return forms
}

// isWordless says whether a text has no letter and nothing that may stand for one: a number from a menu, a date in digits.
func isWordless(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || levels[c] >= 'a' {
			return false
		}
	}
	return true
}

func isRegional(r rune) bool { return r >= '🇦' && r <= '🇿' }

// leet turns digits and signs into the letters that they stand for in ST0P and $top.
var leet = strings.NewReplacer("0", "o", "5", "s", "$", "s", "7", "t", "+", "t", "3", "e", "4", "a", "@", "a", "1", "l")

// isLeet reads only single words so: "3nd" is a slip of the finger and 570 an amount, but nothing else is $t0p.
func isLeet(text string) bool {
	plain := strings.TrimSpace(text)
	if len(plain) > 40 || !strings.ContainsFunc(plain, unicode.IsLetter) {
		return false
	}
	read := leet.Replace(plain)
	return read != plain && strong[squeeze(strings.Join(without(spelled(Fold(read)), courtesies), ""))]
}

// spelled joins letters that stand alone, three or more in a row: s t o p is stop.
func spelled(form string) string {
	if !isSpelled(form) && !strings.Contains(form, "thank you") {
		return form
	}
	words := strings.Fields(strings.ReplaceAll(form, "thank you", "thanks"))
	out := words[:0:0]
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

// isSpelled says whether three letters in a row stand alone in a folded text.
func isSpelled(form string) bool {
	run, start := 0, 0
	for i := range len(form) + 1 {
		if i < len(form) && form[i] != ' ' {
			continue
		}
		if i-start == 1 && !isDigit(form[start]) {
			run++
		} else {
			run = 0
		}
		if start = i + 1; run == 3 {
			return true
		}
	}
	return false
}

// squeeze drops repeated letters: stooopp is stop.
func squeeze(word string) string {
	var last rune = -1
	return strings.Map(func(r rune) rune {
		if r == last {
			return -1
		}
		last = r
		return r
	}, word)
}

func without(form string, drop map[string]bool) []string {
	return slices.DeleteFunc(strings.Fields(form), func(word string) bool { return drop[word] })
}

func isNumeral(word string) bool { return only(word, isDigit) }

func endsClause(r rune) bool {
	return strings.ContainsRune(".!?,;:\n\r…—–。！？，；：‼⁉؟،", r)
}

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		m[Fold(word)] = true
	}
	return m
}

// keys are words in the form in which isStop looks them up.
func keys(words string) map[string]bool {
	m := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		m[squeeze(Fold(word))] = true
	}
	return m
}
