package fsm

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// slips are what people write who know other languages, and what is to be written here.
var slips = map[string]struct{ what, hint string }{
	"=":   {"can't compare", `write == for "is the same", <= or >= for an order`},
	"=<":  {"isn't an operator", "write <="},
	"=>":  {"isn't an operator", "write >="},
	"===": {"isn't an operator", "write =="},
	"<>":  {"isn't an operator", "write !="},
	"!==": {"isn't an operator", "write !="},
	"&":   {"isn't an operator", "write &&"},
	"|":   {"isn't an operator", "write ||"},
	"≤":   {"isn't an operator", "write <="},
	"≥":   {"isn't an operator", "write >="},
	"≠":   {"isn't an operator", "write !="},
	"×":   {"isn't an operator", "write *"},
	"÷":   {"isn't an operator", "write /"},
	"−":   {"isn't a minus", "write - from the keyboard"},
	"–":   {"isn't a minus", "write - from the keyboard"},
	"“":   {"isn't a quotation mark here", "write ' around a text"},
	"”":   {"isn't a quotation mark here", "write ' around a text"},
	"‘":   {"isn't a quotation mark here", "write ' around a text"},
	"’":   {"isn't a quotation mark here", "write ' around a text"},
	"and": {"isn't an operator", "write &&, or make two lines of it: of a list, all must hold"},
	"or":  {"isn't an operator", "write ||"},
	"not": {"isn't an operator", "write ! before what must not hold"},
	"is":  {"isn't an operator", "write =="},
}

// token is a text in quotes, a name, a number, a run of operators' characters, or any other character by itself.
var token = regexp.MustCompile(`'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|[\pL_][\pL\pN_.]*|[0-9][0-9.]*|[=<>!&|]+|\S`)

// syntax says in our words why an expression can't be read. Of several reasons the first is given: the others follow from it.
func syntax(source string, column int) wrong {
	var open []int // the columns of ( and [
	closes := map[string]string{")": "(", "]": "["}
	kinds := ""
	for _, at := range token.FindAllStringIndex(source, -1) {
		t, here := source[at[0]:at[1]], utf8.RuneCountInString(source[:at[0]])
		if s, ok := slips[strings.ToLower(t)]; ok {
			return wrong{here, fmt.Sprintf("%q %s", t, s.what), s.hint}
		}
		switch {
		case (t[0] == '\'' || t[0] == '"') && (len(t) == 1 || t[len(t)-1] != t[0]):
			return wrong{here, "a text begins here and doesn't end", "write " + t[:1] + " after it"}
		case t == "(" || t == "[":
			open, kinds = append(open, here), kinds+t
		case closes[t] != "" && !strings.HasSuffix(kinds, closes[t]):
			return wrong{here, fmt.Sprintf("%q closes nothing", t), "take it out, or write " + closes[t] + " before"}
		case closes[t] != "":
			open, kinds = open[:len(open)-1], kinds[:len(kinds)-1]
		}
	}
	if len(open) > 0 {
		return wrong{open[len(open)-1], fmt.Sprintf("%q isn't closed", kinds[len(kinds)-1:]), ""}
	}
	return misplaced(source, column)
}

// misplaced is the place from which an expression can't be read any further.
func misplaced(source string, column int) wrong {
	runes := []rune(source)
	rest := strings.TrimSpace(string(runes[min(column, len(runes)):]))
	next := token.FindString(rest)
	if next == "" {
		return wrong{max(0, len(runes)-1), "ends too early", "something must follow"}
	}
	return wrong{column, fmt.Sprintf("can't be read from %q on", next), "something is missing before it, or it is too much"}
}
