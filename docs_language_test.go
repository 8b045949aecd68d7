package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
)

// functions are those of the expression language, each with a condition that holds for the sample case.
var functions = []struct{ name, is, example string }{
	{"has(FACT)", "whether a fact is known: all that may be asked of one that may be missing", `has(balance) && balance > 0`},
	{"days(N)", "N days, to be added to a date or a time, or taken from it", `today + days(14) > today`},
	{"business_days(N)", "N days of Monday to Friday; holidays are the queues' own", `today + business_days(5) == today + days(7)`},
	{"money(TEXT)", "an amount with a point; a whole number needs no money()", `balance >= money("99.50")`},
	{"round_up(AMOUNT, STEP)", "the next multiple of a whole number, away from zero", `round_up(balance / 3, 5) >= balance / 3`},
	{"min(A, B)", "the smaller of two numbers, amounts or dates", `min(balance, 1000) <= 1000`},
	{"max(A, B)", "the larger of two", `max(days_past_due, 1) >= 1`},
	{"+ - * /", "on whole numbers, and on amounts, which stay exact; an amount times or through a number", `balance / 2 + 10 > 100`},
	{"== != < <= > >=", "amounts have no == and no !=", `days_past_due >= 5`},
	{"&& || !, A ? B : C", "and, or, not, and if", `balance > 0 ? days_past_due > 0 : true`},
	{"in", "one of a list", `account_last4 in ["4821", "1130"]`},
	{"today, now", "the day and the time of what happened, in the customer's time zone", `today < today + days(1)`},
}

// words are some that outrank every state, by language.
var outranking = []struct {
	name, is string
	kind     any
	words    map[string][]string
}{
	{"STOP", "nothing more is said, but one confirmation; also within a sentence", message.Stop, map[string][]string{"en": {"stop", "unsubscribe", "don't text me again"}, "af": {"los my uit"}}},
	{"START", "ends that", message.Start, map[string][]string{"en": {"start"}, "af": {"begin"}}},
	{"HELP", "who writes, and what can be replied", answer.Help, map[string][]string{"en": {"help"}, "af": {"hulp"}}},
	{"AGENT", "a person", answer.Agent, map[string][]string{"en": {"agent", "talk to a person", "call me"}, "af": {"mens", "bel my"}}},
	{"MENU", "the choices", answer.Menu, map[string][]string{"en": {"menu", "options"}, "af": {"kieslys"}}},
	{"BACK", "the question before; it undoes nothing", answer.Back, map[string][]string{"en": {"back"}, "af": {"terug"}}},
	{"UNDO", "takes back what was agreed, while that may be", answer.Undo, map[string][]string{"en": {"undo"}, "af": {"ontdoen"}}},
	{"CASES", "what is open", answer.Cases, map[string][]string{"en": {"cases"}, "af": {"sake"}}},
	{"a language's name", "that language from now on", answer.Language, map[string][]string{"en": {"english"}, "af": {"afrikaans"}}},
}

// languagePage is the reference of what authors write, from the table that files are checked by.
func languagePage(t *testing.T) string {
	var page bytes.Buffer
	page.WriteString("# The workflow language\n\n" +
		"Every key of `workflows/NAME.yaml`, `fragments/NAME.yaml` and `messages/LANGUAGE.yaml`. What isn't here is an error that names\n" +
		"the nearest key; `settle check --schema` prints the same for editors. A fragment has the sections of a workflow, and `use` brings\n" +
		"them in. [A tutorial](tutorial.md) writes one; [content/workflows](../content/workflows) has the shipped ones.\n\n" +
		"Nobody writes how sure it must be who replies: it follows from what a text shows and what an operation does. `needs` can only\n" +
		"raise it.\n")
	where := ""
	for _, k := range fsm.Language() {
		if k.Where != where {
			where = k.Where
			fmt.Fprintf(&page, "\n## %s\n\n| key | is | for example |\n|---|---|---|\n", where)
		}
		must := ""
		if k.Required {
			must = " (must be there)"
		}
		fmt.Fprintf(&page, "| `%s`%s | %s %s. | `%s` |\n", k.Name, must, cell(k.Description), cell(upper(k.Type)), strings.ReplaceAll(k.Example, "|", `\|`))
	}
	page.WriteString("\n## Expressions\n\nOne line each, in `when`, `is`, `min`, `max`, `with` and `at`. They read facts, limits, and what an operation or an event gave\n" +
		"(`paid.amount`). Nothing loops, nothing is fetched, no amount is rounded unless it says so.\n\n| | is | for example |\n|---|---|---|\n")
	for _, f := range functions {
		fmt.Fprintf(&page, "| `%s` | %s | `%s` |\n", strings.ReplaceAll(f.name, "|", `\|`), cell(f.is), strings.ReplaceAll(f.example, "|", `\|`))
	}
	page.WriteString("\n## Words that outrank every state\n\nA customer can write them at any time, as the whole message. These are some of the words.\n\n" +
		"| | is | in English | in Afrikaans |\n|---|---|---|---|\n")
	for _, w := range outranking {
		fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", w.name, w.is, strings.Join(w.words["en"], ", "), strings.Join(w.words["af"], ", "))
	}
	return page.String()
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// TestLanguagePageIsTrue: every example of an expression holds, every function there is has one, every word is understood.
func TestLanguagePageIsTrue(t *testing.T) {
	t.Parallel()
	library, err := loadWorkflows("")
	if err != nil {
		t.Fatal(err)
	}
	w := library.All()["overdue-account"]
	balance, err := fsm.ParseValue(fsm.Money, "ZAR", "1250.00")
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]fsm.Value{"balance": balance, "days_past_due": fsm.IntegerValue(24), "account_last4": fsm.TextValue("4821")}
	vars := fsm.Vars{Now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Currency: "ZAR", Get: func(name string) (fsm.Value, bool) {
		v, ok := facts[name]
		return v, ok
	}}
	for _, f := range functions {
		x, ps := w.Condition(f.example, fsm.Position{})
		if err := ps.Err(); err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if v, err := x.Eval(vars); err != nil || v != fsm.BooleanValue(true) {
			t.Errorf("%s: %s = %v, %v, want true", f.name, f.example, v, err)
		}
	}
	_, ps := w.Condition(`balance.paid()`, fsm.Position{})
	_, known, found := strings.Cut(ps.Error(), "with one of ")
	if !found {
		t.Fatalf("a condition with a method says %q, want all functions in it", ps.Error())
	}
	for _, name := range strings.Split(known, ", ") {
		name = strings.TrimSpace(name)
		if !strings.Contains(fmt.Sprint(functions), "{"+name+"(") {
			t.Errorf("the page has no function %q", name)
		}
	}
	for _, w := range outranking {
		for language, words := range w.words {
			for _, word := range words {
				var got any = answer.Outranking(word, []string{language}).Kind
				if _, ours := w.kind.(message.Kind); ours {
					got = message.Word(word, true)
				}
				if got != w.kind {
					t.Errorf("%q in %s is %v, want %v", word, language, got, w.kind)
				}
			}
		}
	}
}
