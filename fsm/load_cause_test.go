package fsm

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// One slip is one finding, whatever follows from it.
func TestOneCauseOneFinding(t *testing.T) {
	t.Parallel()
	declarations := declared(t, "testdata/load/tree/settle.yaml")
	for _, tc := range []struct {
		name string
		loadEdit
		want string
	}{
		{"a state's options", loadEdit{inSmall, "    say: menu\n    options:", "    say: menu\n    optoins:"}, `workflows/small.yaml:39:5: state menu has no key "optoins"; did you mean "options"?`},
		{"a section of states", loadEdit{inSmall, "\nstates:", "\nsattes:"}, `workflows/small.yaml:35:1: a workflow has no key "sattes"; did you mean "states"?`},
		{"a section of facts", loadEdit{inSmall, "\nfacts:", "\nfatcs:"}, `workflows/small.yaml:10:1: a workflow has no key "fatcs"; did you mean "facts"?`},
		{"the fragments", loadEdit{inSmall, "use: [shared]", "ues: [shared]"}, `workflows/small.yaml:6:1: a workflow has no key "ues"; did you mean "use"?`},
		{"a fragment's name", loadEdit{inShared, "fragment: shared", "fragmnet: shared"}, `fragments/shared.yaml:1:1: a fragment has no key "fragmnet"; did you mean "fragment"?`},
		{"public texts", loadEdit{inTexts, "common:\n  public:", "common:\n  pubilc:"}, `messages/en.yaml:3:3: section common has no key "pubilc"; did you mean "public"?`},
		{"a section of messages", loadEdit{inTexts, "\nsmall:", "\nsmlal:"}, `messages/en.yaml:41:1: there is no workflow "smlal"; did you mean "small"?`},
		{"the common section", loadEdit{inTexts, "common:\n", "comon:\n"}, `messages/en.yaml:2:1: there is no workflow "comon"; did you mean "common"?`},
		{"a type nearly right", loadEdit{inSmall, "balance: {type: money,", "balance: {type: mony,"}, `workflows/small.yaml:11:19: type can't be "mony"; did you mean "money"?`},
		{"a purpose nearly right", loadEdit{inSmall, "purpose: collection", "purpose: colection"}, `workflows/small.yaml:3:10: purpose can't be "colection"; did you mean "collection"?`},
		{"a type of another language", loadEdit{inSmall, "balance: {type: money,", "balance: {type: decimal,"},
			`workflows/small.yaml:11:19: type can't be "decimal"; one of address, boolean, choice, choices, date, email, file, integer, money, phone, text`},
		{"a fact without type", loadEdit{inSmall, "balance: {type: money, ", "balance: {"}, `workflows/small.yaml:11:12: fact balance needs type; one of text, integer, boolean, money, date, choice, choices, phone, email, address, file, as in type: money`},
		{"a fact that isn't a map", loadEdit{inSmall, "frozen: {type: boolean, from: core.account, fresh: 2d}", "frozen: boolean"},
			`workflows/small.yaml:18:11: fact frozen must be a map; write a map, as {type: money}`},
		{"a fact of another type than its lookup's", loadEdit{inSmall, "days_late: {type: integer", "days_late: {type: text"}, `workflows/small.yaml:12:33: core.account gives days_late as an integer, but the fact is a text`},
		{"a limit that is negative", loadEdit{inSmall, "least: 450", "least: -450"}, `workflows/small.yaml:9:17: limit least can't be -450; write a whole number, or an amount in quotes as "9.50", and not negative`},
		{"an offer's values", loadEdit{inSmall, "each: {months: [3, 6]}", "each: {months: []}"}, `workflows/small.yaml:21:20: months is empty; write a list of values`},
		{"an offer's calculation", loadEdit{inSmall, `part: "round_up(balance / months, 1)"`, `part: "round_up(balance / monhts, 1)"`},
			`workflows/small.yaml:22:38: round_up(balance / monhts, 1): unknown name "monhts"; did you mean "months"?`},
		{"an event", loadEdit{inSmall, "event: psp.paid", "event: psp.payed"}, `workflows/small.yaml:32:13: event "psp.payed" isn't declared in settle.yaml; did you mean "psp.paid"?`},
		{"an operation that gives a link", loadEdit{inSmall, "do: psp.page", "do: psp.pgae"}, `workflows/small.yaml:46:13: operation "psp.pgae" isn't declared in settle.yaml; did you mean "psp.page"?`},
		{"an outcome of the engine's", loadEdit{inShared, "  expired: {resolved: false}", "  expird: {resolved: false}"},
			`workflows/later.yaml:1:1: outcome "expired" is missing: the engine leads there where nobody answered in time. Define {expired: {resolved: false}}, best in a fragment
workflows/small.yaml:1:1: outcome "expired" is missing: the engine leads there where nobody answered in time. Define {expired: {resolved: false}}, best in a fragment`},
		{"an exception's queue", loadEdit{inSmall, "trouble: {queue: care, ", "trouble: {"}, `workflows/small.yaml:30:12: exception trouble needs queue; a queue that settle.yaml declares, as in queue: care`},
		{"an outcome's text", loadEdit{inTexts, `  promised-said: "Recorded {amount_promised} on {on}. {{braces}}"`, `  promised-said: ""`}, `messages/en.yaml:59:18: text promised-said is empty; write a text`},
		{"an operator", loadEdit{inSmall, `"balance <= 0"`, `"balance =< 0"`}, `workflows/small.yaml:33:22: balance =< 0: "=<" isn't an operator; write <=`},
		{"a word for an operator", loadEdit{inSmall, `"balance <= 0"`, `"balance <= 0 and frozen"`},
			`workflows/small.yaml:33:27: balance <= 0 and frozen: "and" isn't an operator; write &&, or make two lines of it: of a list, all must hold`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := LoadTree(loadFiles(t, tc.loadEdit), declarations)
			if got := errorText(err); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// A file that isn't read for its name is said to be so, and all else is loaded.
func TestMisnamedFiles(t *testing.T) {
	t.Parallel()
	fsys := loadFiles(t)
	for _, name := range []string{"workflows/extra.yml", "messages/af.YAML", "fragments/more.yml", "campaigns/june.yml", "workflows/notes.txt"} {
		fsys[name] = &fstest.MapFile{Data: []byte("a: b")}
	}
	lib, err := LoadTree(fsys, declared(t, "testdata/load/tree/settle.yaml"))
	want := "campaigns/june.yml: is ignored: only files that end in .yaml are read; call it june.yaml\n" +
		"fragments/more.yml: is ignored: only files that end in .yaml are read; call it more.yaml\n" +
		"messages/af.YAML: is ignored: only files that end in .yaml are read; call it af.yaml\n" +
		"workflows/extra.yml: is ignored: only files that end in .yaml are read; call it extra.yaml"
	if got := errorText(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if lib.Named("small") == nil {
		t.Error("workflow small isn't there: want the files with the right names loaded")
	}
}

// The default language is what settle.yaml names first, else en, else the only one: a language more doesn't change it.
func TestDefaultLanguage(t *testing.T) {
	t.Parallel()
	en := string(loadFiles(t)[inTexts].Data)
	for _, tc := range []struct {
		files, declared, want string
	}{
		{"en", "", "en"},
		{"af", "", "af"},
		{"af en", "", "en"},
		{"af en zu", "", "en"},
		{"af en", "af en", "af"},
		{"af en", "en af", "en"},
		{"af zu", "", "settle.yaml: messages come in af, zu, and nothing says which is the default: write languages: [af, zu], the default first"},
	} {
		t.Run(tc.files+" of "+tc.declared, func(t *testing.T) {
			t.Parallel()
			fsys := loadFiles(t)
			delete(fsys, inTexts)
			for _, tag := range strings.Fields(tc.files) {
				fsys["messages/"+tag+".yaml"] = &fstest.MapFile{Data: []byte(en)}
			}
			d := declared(t, "testdata/load/tree/settle.yaml")
			d.Languages = strings.Fields(tc.declared)
			lib, err := LoadTree(fsys, d)
			got := errorText(err)
			if ps := Problems(nil); err == nil {
				got = lib.Named("small").Language
			} else if errors.As(err, &ps) {
				got = ps[0].String()
			}
			if got != tc.want {
				t.Errorf("default language of %s, declared %q: got %q, want %q", tc.files, tc.declared, got, tc.want)
			}
		})
	}
}

// Labels that can't be told apart, and those that no button shows, are advice: they keep nothing from running.
func TestAdvise(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		edits []loadEdit
		want  string
	}{
		{"nothing", nil, ""},
		{"two labels alike", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: "PAY in parts"`}},
			`workflows/small.yaml:43:9: state menu: "plan" and "sick" have the same label in en, messages/en.yaml:47:3: nobody can tell them apart`},
		{"two choices alike", []loadEdit{{inTexts, `other: "Something else"`, `other: "I am sick"`}},
			`workflows/small.yaml:55:3: state ask-why: "sick" and "other" have the same label in en, messages/en.yaml:49:3: nobody can tell them apart`},
		{"alike but for what is put in", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: "Pay {days_late}"`}}, ""},
		{"alike under guards", []loadEdit{{inSmall, "{id: plan, to: choose}", `{id: plan, to: choose, when: ["balance > 5"]}`},
			{inSmall, "{id: sick, to: ask-why, needs: person}", `{id: sick, to: ask-why, when: ["balance <= 5"]}`}, {inTexts, `sick: "I am sick"`, `sick: "Pay in parts"`}}, ""},
		{"one word for two", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: {text: "I am sick", also: [later]}`}, {inTexts, `plan: "Pay in parts"`, `plan: {text: "Pay in parts", also: [Later]}`}},
			`workflows/small.yaml:43:9: state menu: "later" is another word for both "plan" and "sick" in en: whoever writes it isn't understood`},
		{"one word twice for one", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: {text: "I am sick", also: [ill, Ill]}`}}, ""},
		{"too long", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: "I have been sick for weeks"`}},
			`messages/en.yaml:49:3: label "sick" has 26 characters, and no channel's buttons or lists show more than 24: customers get numbered lines instead; write {text: ..., short: ...}, with at most 24 characters in short`},
		{"long with a short form", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: {text: "I have been sick for weeks", short: Sick}`}}, ""},
		{"a short form too long", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: {text: Sick, short: "I have been sick for weeks"}`}},
			`messages/en.yaml:49:3: label "sick" has 26 characters, and no channel's buttons or lists show more than 24: customers get numbered lines instead`},
		{"long only where there are no buttons", []loadEdit{{inTexts, `sick: "I am sick"`, `sick: {sms: "I have been sick for weeks", else: Sick}`}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := Advise(loadSmall(t, tc.edits...)).Error(); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}
