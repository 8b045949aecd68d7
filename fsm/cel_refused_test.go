package fsm

import (
	"fmt"
	"strings"
	"testing"
)

// What an author may get wrong in an expression is said in our words, at its character.
func TestRefusedExpressions(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"balance >= 49.5":          `11: numbers with a point aren't exact: write money("99.50")`,
		"balance == 50":            "8: == on money is refused: compare amounts with <, <=, > or >=",
		"balance != paid.amount":   "8: != on money is refused: compare amounts with <, <=, > or >=",
		"balance in [1, 2]":        "8: in doesn't take (money, numbers)",
		"balanse >= 50":            `0: unknown name "balanse"; did you mean "balance"?`,
		"has(balanse)":             `3: unknown name "balanse"; did you mean "balance"?`,
		"paid.amuont >= 1":         `4: unknown name "paid.amuont"; did you mean "paid.amount"?`,
		"birth < today":            "0: birth is secret: only the identity check can use it",
		"balance >= days_past_due": "11: an amount can only stand beside another amount, a limit or a number written out; this is a count",
		"balance + months <= 1":    "10: an amount can only stand beside another amount, a limit or a number written out; this is a count",
		"balance * balance >= 1":   "8: * doesn't take (money, money)",
		"balance / balance >= 1":   "8: / doesn't take (money, money)",
		"10 / balance >= 1":        "3: / doesn't take (integer, money)",
		"reason == 'blokked'":      `10: reason can't be "blokked"; did you mean "blocked"?`,
		"'pasport' in needs":       `0: needs can't be "pasport"; one of id, proof`,
		"balance":                  "0: gives money, but true or false is needed here",
		"due > 3":                  "4: > doesn't take (date, integer)",
		"due + 3 > today":          "4: + doesn't take (date, integer)",
		"name < 'b'":               "5: < doesn't take (text, text)",
		"name + 'b' == ''":         "5: + doesn't take (text, text)",
		"money(name) > 1":          `6: money("...") takes an amount written out`,
		"money('1e9') > 1":         `6: money("...") takes a plain decimal, as money("99.50")`,
		"round_up(balance, 0) > 1": "18: round_up takes a step above zero",
		"rund_up(balance, 1) > 1":  `7: there is no function "rund_up"; did you mean "round_up"?`,
		"name.startsWith('a')":     "15: nothing has functions of its own: write startsWith(...) with one of has, days, business_days, money, round_up, min, max",
		"needs.all(n, n == 'id')":  "9: nothing has functions of its own: write all(...) with one of has, days, business_days, money, round_up, min, max",
		"[1, 2, 3][0] == 1":        "9: [] isn't part of the language",
		"{'a': 1} == {'a': 1}":     "0: only names, numbers, texts, lists and the functions has, days, business_days, money, round_up, min, max can stand here",
		"days_past_due % 2 == 0":   "14: % isn't part of the language",
		"b'x' == b'x'":             "0: only whole numbers, texts, true and false can be written out",
		"null == null":             "0: only whole numbers, texts, true and false can be written out",
		"1u < 2u":                  "0: only whole numbers, texts, true and false can be written out",
		"has(balance + 1)":         "12: has() takes the name of one fact",
		"name in [name]":           "9: a list can only hold texts or whole numbers written out",
		"balance >= ":              "10: ends too early; something must follow",
		"true && ":                 "7: ends too early; something must follow",
		"@has:balance":             `0: can't be read from "@" on`,
		"balance =< 50":            `8: "=<" isn't an operator; write <=`,
		"balance => 50":            `8: "=>" isn't an operator; write >=`,
		"balance = 50":             `8: "=" can't compare; write == for "is the same", <= or >= for an order`,
		"reason <> 'blocked'":      `7: "<>" isn't an operator; write !=`,
		"true and true":            `5: "and" isn't an operator; write &&, or make two lines of it: of a list, all must hold`,
		"true OR true":             `5: "OR" isn't an operator; write ||`,
		"not true":                 `0: "not" isn't an operator; write ! before what must not hold`,
		"reason is 'blocked'":      `7: "is" isn't an operator; write ==`,
		"balance ≥ 50":             `8: "≥" isn't an operator; write >=`,
		"reason == ’blocked’":      `10: "’" isn't a quotation mark here; write ' around a text`,
		"reason == 'blocked":       "10: a text begins here and doesn't end; write ' after it",
		"(balance >= 50":           `0: "(" isn't closed`,
		"balance >= 50)":           `13: ")" closes nothing; take it out, or write ( before`,
		"balance >= 50 true":       `14: can't be read from "true" on`,
		"reason == 'and' 'or'":     `16: can't be read from "'or'" on`, // what stands in quotes is no slip
		strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200): "recursion",
		strings.Repeat("a", 1001):                                    "0: longer than 1000 characters; name a part of it as a computed fact",
		strings.Repeat("'id' in needs || ", 50) + "true":             "0: too dear to calculate; name a part of it as a computed fact",
	} {
		t.Run(source[:min(len(source), 40)], func(t *testing.T) {
			t.Parallel()
			_, wrongs := testScope(t).compile(source, Boolean)
			if len(wrongs) == 0 {
				t.Fatalf("compile(%q) passed, want %q", source, want)
			}
			got := fmt.Sprintf("%d: %s", wrongs[0].column, wrongs[0].message)
			if wrongs[0].hint != "" {
				got += "; " + wrongs[0].hint
			}
			if !strings.HasPrefix(got, want) && !strings.Contains(got, want) {
				t.Errorf("compile(%q) = %q, want %q", source, got, want)
			}
		})
	}
}
