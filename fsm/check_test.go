package fsm

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// doubtfulFiles are workflows that load and can't be meant. What is said about them stands in testdata/load/doubtful.golden.
var doubtfulFiles = []struct {
	name  string
	edits []loadEdit
}{
	{"a state that is never reached", []loadEdit{{inSmall, "      - {id: sick, to: ask-why, needs: person}\n", ""}}},
	{"an outcome that is never reached", []loadEdit{{inSmall, "  paid: {}", "  paid: {}\n  never-paid: {}"}}},
	{"an exception that is never reached", []loadEdit{{inSmall, "exceptions:\n", "exceptions:\n  lonely: {queue: care}\n"}}},
	{"no way out", []loadEdit{{inSmall, "start: hello\nstates:\n", "start: hello\nstates:\n  trap: {say: hello, options: [{id: continue, to: trap}]}\n"},
		{inSmall, "hello: {say: hello, options: [{id: continue, to: menu}]}", "hello: {say: hello, options: [{id: continue, to: menu}, {id: trap, to: trap}]}"},
		{inTexts, "    trouble-text: ", "    trap: Trap\n    trouble-text: "}}},
	{"a do without a bound", []loadEdit{{inSmall, "times: {most: 3, then: trouble}, ", ""}}},
	{"decisions in a circle", []loadEdit{
		{inSmall, `"failure.reason == 'card'"], to: hello}, {to: hello}`, `"failure.reason == 'card'"], to: hello}, {to: again}`},
		{inSmall, "  check-paid: {", "  again: {decide: [{when: [\"balance >= 1\"], to: failed}, {to: hello}]}\n  check-paid: {"},
	}},
	{"a commitment without confirm", []loadEdit{{inSmall, "when: {ask: on, to: confirm-promise,", "when: {ask: on, to: promised,"}}},
	{"a commitment in a do without confirm", []loadEdit{{inSmall, "pay: {do: psp.page, with: {amount: balance, reference: case.ref},", "pay: {do: core.promise, with: {amount: balance, on: today},"},
		{inTexts, `{sms: "Pay {amount} here: {link}", whatsapp: "Pay {amount} for {reference} here: {link}"}`, `"We note {amount}."`}}},
	{"a commitment when nobody is there", []loadEdit{{inSmall, "silence: {after: 4h, then: expired}", "silence: {after: 4h, then: promised}"}}},
	{"a disclosing end when nobody is there", []loadEdit{{inTexts, "  promised-said: ", "  paid-said: \"{balance} is paid\"\n  promised-said: "}}},
	{"approval", []loadEdit{{inSmall, "agree: {ask: agreed, to: sign, needs: person}", "agree: {ask: agreed, to: sign, needs: approval}"}}},
	{"no secret facts", []loadEdit{{inShared, "  birth: {type: date, secret: true, proves: birth}\n  postcode: {type: text, secret: true, proves: place}\n", ""}}},
	{"nothing left to choose", []loadEdit{{inSmall, `options: [{id: continue, to: menu}]}`, `options: [{id: continue, to: menu, when: ["balance >= 1"]}]}`}}},
	{"an offer that may be empty", []loadEdit{{inSmall, "to: planned, else: menu}", "to: planned, else: choose}"}}},
	{"a queue that the customer doesn't hear of", []loadEdit{{inSmall, "  paid: {}", "  paid: {queue: care}"}}},
	{"a link before its page", []loadEdit{{inTexts, `"Hello {first_name}.", else`, `"Hello {first_name}: {link}", else`}}},
	{"an answer before its question", []loadEdit{{inSmall, "to: how-much, when: [", "to: when, when: ["}, {inSmall, "promised, else: how-much}", "promised, else: when}"}}},
	{"an offer's value before it is chosen", []loadEdit{{inTexts, "You'll pay {amount_promised} on {on}. Right?", "You'll pay {plan.part} on {on}. Right?"}}},
}

func TestCheck(t *testing.T) {
	t.Parallel()
	declarations := declared(t, "testdata/load/tree/settle.yaml")
	var out strings.Builder
	for _, tc := range doubtfulFiles {
		lib, err := LoadTree(loadFiles(t, tc.edits...), declarations)
		fmt.Fprintf(&out, "== %s\n", tc.name)
		if err != nil {
			t.Errorf("%s: it doesn't load:\n%v", tc.name, err)
			continue
		}
		ps := Check(lib.Named("small"))
		if len(ps) == 0 {
			t.Errorf("%s: Check found nothing", tc.name)
		}
		for _, p := range ps {
			fmt.Fprintf(&out, "%v [%s]\n", p, p.Code)
		}
	}
	loadGolden(t, "doubtful.golden", out.String())
}

// The two examples that need more than this release can prove load, and Check says which of their states can't be entered.
func TestCheckExamples(t *testing.T) {
	t.Parallel()
	lib, err := LoadTree(os.DirFS("testdata/load/examples"), declared(t, "testdata/load/examples/settle.yaml", "email"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, name := range []string{"failed-payment", "kyc-refresh"} {
		fmt.Fprintf(&out, "== %s\n", name)
		for _, p := range Check(lib.Named(name)) {
			fmt.Fprintf(&out, "%v [%s]\n", p, p.Code)
		}
	}
	loadGolden(t, "examples.golden", out.String())
}

// One class of known facts is enough only with a channel that carries a code.
func TestOneClassNeedsACode(t *testing.T) {
	t.Parallel()
	b := bundleOf(t, "small", loadEdit{inShared, "  postcode: {type: text, secret: true, proves: place}\n", ""})
	for _, tc := range []struct {
		channels []string
		want     int
	}{{[]string{"sms", "whatsapp"}, 0}, {[]string{"email"}, 1}} {
		b.Declarations.Channels = tc.channels
		b.Workflow.Data = []byte(strings.Replace(string(b.Workflow.Data), "reach: [{whatsapp: hello}, {sms: hello, after: 2h30m}]", "reach: [{same: hello}]", 1))
		b.Messages[0].Data = []byte(strings.ReplaceAll(strings.ReplaceAll(string(b.Messages[0].Data), "sms: \"", tc.channels[0]+": \""), "whatsapp: \"", "else: \""))
		w, err := Load(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := Check(w); len(got) != tc.want {
			t.Errorf("with channels %v: Check found\n%v\nwant %d problems", tc.channels, got, tc.want)
		}
	}
}
