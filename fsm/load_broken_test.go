package fsm

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	inSmall  = "workflows/small.yaml"
	inShared = "fragments/shared.yaml"
	inTexts  = "messages/en.yaml"
)

// brokenFiles are files with one thing wrong each. What is said about it stands in testdata/load/broken.golden.
var brokenFiles = []struct {
	name string
	loadEdit
}{
	{"unknown key of a workflow", loadEdit{inSmall, "creditor: first-party", "credtor: first-party"}},
	{"unknown key of a state", loadEdit{inSmall, "how-much: {ask: amount_promised, to: when}", "how-much: {ask: amount_promised, too: when}"}},
	{"unknown key of an option", loadEdit{inSmall, "{id: pay, to: pay}", "{id: pay, to: pay, wenn: []}"}},
	{"unknown key of a fact", loadEdit{inSmall, "min: today", "mni: today"}},
	{"unknown purpose", loadEdit{inSmall, "purpose: collection", "purpose: colection"}},
	{"collection without creditor", loadEdit{inSmall, "creditor: first-party\n", ""}},
	{"creditor without collection", loadEdit{inSmall, "purpose: collection", "purpose: billing"}},
	{"unknown currency", loadEdit{inSmall, "currency: ZAR", "currency: RAND"}},
	{"money without currency", loadEdit{inSmall, "currency: ZAR\n", ""}},
	{"a name unlike its file", loadEdit{inSmall, "workflow: small", "workflow: smal"}},
	{"no title", loadEdit{inSmall, "title: All of the language in one small workflow\n", ""}},
	{"unknown fragment", loadEdit{inSmall, "use: [shared]", "use: [sharde]"}},
	{"a fragment used twice", loadEdit{inSmall, "use: [shared]", "use: [shared, shared]"}},
	{"a fact defined twice", loadEdit{inSmall, "use: [shared]", "use: [shared, unused]"}},
	{"a key set twice", loadEdit{inSmall, "  agreed: {type: boolean", "  why: {type: text}\n  agreed: {type: boolean"}},
	{"no trigger", loadEdit{inSmall, `trigger: {event: account.small, when: ["balance >= 50"], once-per: account}` + "\n", ""}},
	{"once-per what", loadEdit{inSmall, "once-per: account", "once-per: customer"}},
	{"unknown channel", loadEdit{inSmall, "{whatsapp: hello}", "{telegram: hello}"}},
	{"reach out of order", loadEdit{inSmall, "reach: [{whatsapp: hello}, {sms: hello, after: 2h30m}]", "reach: [{whatsapp: hello, after: 4h}, {sms: hello, after: 2h30m}]"}},
	{"not a duration", loadEdit{inSmall, "after: 2h30m", "after: 2.5h"}},
	{"a limit that is a float", loadEdit{inSmall, `fee: "9.50"`, "fee: 9.50"}},
	{"unknown type", loadEdit{inSmall, "agreed: {type: boolean", "agreed: {type: bool"}},
	{"a choice without choices", loadEdit{inSmall, ", of: [sick, other]}", "}"}},
	{"a fact named like a function", loadEdit{inSmall, "agreed: {type: boolean", "min: {type: integer}\n  agreed: {type: boolean"}},
	{"a fact of capital letters", loadEdit{inSmall, "agreed: {type: boolean", "Agreed: {type: boolean"}},
	{"unknown lookup", loadEdit{inSmall, "balance: {type: money, from: core.account", "balance: {type: money, from: core.acount"}},
	{"a fact that the lookup doesn't give", loadEdit{inSmall, "  half: {", "  blance: {type: money, from: core.account, fresh: 1h}\n  half: {"}},
	{"a fact of another type than the lookup gives", loadEdit{inSmall, "days_late: {type: integer", "days_late: {type: text"}},
	{"a fact from a writeback", loadEdit{inSmall, "balance: {type: money, from: core.account", "balance: {type: money, from: core.promise"}},
	{"a lookup without fresh", loadEdit{inSmall, "from: core.account, fresh: 1d", "from: core.account"}},
	{"fresh without a lookup", loadEdit{inSmall, "agreed: {type: boolean, from: customer", "agreed: {type: boolean, from: customer, fresh: 1h"}},
	{"bounds of a boolean", loadEdit{inSmall, "agreed: {type: boolean, from: customer", "agreed: {type: boolean, from: customer, max: today"}},
	{"a secret that is public", loadEdit{inShared, "secret: true, proves: birth", "secret: true, public: true, proves: birth"}},
	{"a secret without use", loadEdit{inShared, "secret: true, proves: birth", "secret: true"}},
	{"a secret in an expression", loadEdit{inSmall, `"!has(amount_promised)"`, `"birth < today"`}},
	{"a secret in a text", loadEdit{inTexts, "Choose:", "Choose, {postcode}:"}},
	{"a computed fact from somewhere", loadEdit{inSmall, "half: {type: money,", "half: {type: money, from: trigger,"}},
	{"facts computed in a circle", loadEdit{inSmall, `is: "balance / 2 + fee"`, `is: "half / 2 + fee"`}},
	{"a computed fact of another type", loadEdit{inSmall, `is: "balance / 2 + fee"`, `is: "balance >= fee"`}},
	{"a float in an expression", loadEdit{inSmall, `"balance <= 0"`, `"balance <= 0.5"`}},
	{"money compared with ==", loadEdit{inSmall, `"balance <= 0"`, `"balance == 0"`}},
	{"money beside a count", loadEdit{inSmall, `"balance <= 0"`, `"balance <= days_late"`}},
	{"unknown fact in an expression", loadEdit{inSmall, `"balance <= 0"`, `"balanse <= 0"`}},
	{"unknown choice in an expression", loadEdit{inSmall, `"!has(amount_promised)"`, `"why == 'sik'"`}},
	{"a guard that isn't one", loadEdit{inSmall, `"balance <= 0"`, `"balance"`}},
	{"when is a list", loadEdit{inSmall, `when: ["balance <= 0"]`, `when: "balance <= 0"`}},
	{"an offer without values", loadEdit{inSmall, "    each: {months: [3, 6]}\n", ""}},
	{"an offer's value named like a fact", loadEdit{inSmall, "twice: \"part * 2\"", "why: \"part * 2\""}},
	{"an offer's values of two types", loadEdit{inSmall, "months: [3, 6]", "months: [3, six]"}},
	{"an offer from nowhere", loadEdit{inSmall, "    each: {months: [3, 6]}\n", "    from: core.ofers\n"}},
	{"unknown operation", loadEdit{inSmall, "write: core.cancel", "write: core.cancle"}},
	{"a lookup that is written", loadEdit{inSmall, "write: core.cancel", "write: core.account"}},
	{"an input that is missing", loadEdit{inSmall, "with: {amount: amount_promised, on: on}", "with: {amount: amount_promised}"}},
	{"an input that is unknown", loadEdit{inSmall, "with: {amount: amount_promised, on: on}", "with: {amuont: amount_promised, on: on}"}},
	{"an input of another type", loadEdit{inSmall, "with: {amount: amount_promised, on: on}", "with: {amount: on, on: on}"}},
	{"a count where money is needed", loadEdit{inSmall, "with: {amount: balance, reference: case.ref}", "with: {amount: days_late, reference: case.ref}"}},
	{"with and nothing to write", loadEdit{inSmall, "  paid: {}", "  paid: {with: {amount: balance}}"}},
	{"unknown queue", loadEdit{inSmall, "trouble: {queue: care", "trouble: {queue: car"}},
	{"unknown flag", loadEdit{inSmall, "flag: hardship", "flag: hard"}},
	{"an exception without queue", loadEdit{inSmall, "trouble: {queue: care, ", "trouble: {"}},
	{"a way back to an end", loadEdit{inSmall, "back: menu, say: trouble-text", "back: paid, say: trouble-text"}},
	{"undo of nothing", loadEdit{inSmall, "  paid: {}", "  paid: {undo: {write: core.cancel, within: 1h, to: menu}}"}},
	{"unknown event", loadEdit{inSmall, "event: psp.paid", "event: psp.payed"}},
	{"unknown fact of an event", loadEdit{inSmall, `"paid.amount >= balance"`, `"paid.amont >= balance"`}},
	{"whenever without a reason", loadEdit{inSmall, `{when: ["balance <= 0"], to: paid}`, `{to: paid}`}},
	{"unknown target", loadEdit{inSmall, "how-much: {ask: amount_promised, to: when}", "how-much: {ask: amount_promised, to: wen}"}},
	{"start at an end", loadEdit{inSmall, "start: hello", "start: paid"}},
	{"no start", loadEdit{inSmall, "start: hello\n", ""}},
	{"a state named like an outcome", loadEdit{inSmall, "  ask-why: {", "  paid: {"}},
	{"two kinds in one state", loadEdit{inSmall, "ask-why: {ask: why,", "ask-why: {ask: why, confirm: terms,"}},
	{"no kind in a state", loadEdit{inSmall, "ask-why: {ask: why, to: trouble}", "ask-why: {say: why, to: trouble}"}},
	{"a question for what isn't asked", loadEdit{inSmall, "ask-why: {ask: why,", "ask-why: {ask: balance,"}},
	{"a question for an unknown fact", loadEdit{inSmall, "ask-why: {ask: why,", "ask-why: {ask: whi,"}},
	{"an unknown offer", loadEdit{inSmall, "{offer: plan,", "{offer: plam,"}},
	{"confirm without else", loadEdit{inSmall, "to: planned, else: menu}", "to: planned}"}},
	{"do without then", loadEdit{inSmall, ", then: {ok: paying, declined: {limit: menu, else: trouble}, else: trouble}}", "}"}},
	{"declined without else", loadEdit{inSmall, "{limit: menu, else: trouble}", "{limit: menu}"}},
	{"decide that ends with when", loadEdit{inSmall, `{when: ["paid.amount >= balance"], to: paid}, {to: hello}`, `{to: hello}, {when: ["paid.amount >= balance"], to: paid}`}},
	{"wait without a time", loadEdit{inSmall, "wait: {psp.failed: failed, 30m: failed}", "wait: {psp.failed: failed}"}},
	{"wait with two times", loadEdit{inSmall, "wait: {psp.failed: failed, 30m: failed}", "wait: {1h: failed, 30m: failed}"}},
	{"wait for an unknown event", loadEdit{inSmall, "wait: {psp.failed: failed,", "wait: {psp.faild: failed,"}},
	{"times without bound", loadEdit{inSmall, "times: {most: 3, then: trouble}", "times: {then: trouble}"}},
	{"an option twice", loadEdit{inSmall, "{id: sick, to: ask-why, needs: person}", "{id: pay, to: ask-why}"}},
	{"no options", loadEdit{inSmall, "options: [{id: continue, to: menu}]", "options: []"}},
	{"a need that is lowered", loadEdit{inSmall, "sign, needs: person}", "sign, needs: device}"}},
	{"an option's need that is lowered", loadEdit{inSmall, "to: ask-why, needs: person}", "to: ask-why, needs: device}"}},
	{"an unknown need", loadEdit{inSmall, "sign, needs: person}", "sign, needs: persona}"}},
	{"no silence", loadEdit{inShared, "silence: {after: 24h, remind: nudge, times: 2, then: expired}\n", ""}},
	{"no expires", loadEdit{inShared, "expires: 21d\n", ""}},
	{"an exception of the engine's is missing", loadEdit{inShared, "  stuck: {queue: care}\n", ""}},
	{"the outcome expired is missing", loadEdit{inShared, "outcomes:\n  expired: {resolved: false}\n", ""}},
	{"not-understood without after", loadEdit{inShared, "{queue: care, after: 3}", "{queue: care}"}},
	{"a text that is missing", loadEdit{inTexts, "  sick: \"I am sick\"\n", ""}},
	{"a text of the engine's that is missing", loadEdit{inTexts, "    stopped: \"", "    stoped: \""}},
	{"a text that nobody says", loadEdit{inTexts, "  terms: ", "  trems: \"x\"\n  terms: "}},
	{"a text said twice", loadEdit{inTexts, "  menu: \"", "  hello: \"Hi\"\n  menu: \""}},
	{"an unknown placeholder", loadEdit{inTexts, "Pay {balance}", "Pay {balanse}"}},
	{"a placeholder not closed", loadEdit{inTexts, "Pay {balance}", "Pay {balance"}},
	{"a brace too many", loadEdit{inTexts, "Pay {balance}", "Pay {balance} }"}},
	{"a private fact in a public text", loadEdit{inTexts, `a: "Hello {first_name}, we`, `a: "Hello {first_name}, {balance}, we`}},
	{"a public fact computed from a private one", loadEdit{inSmall, "half: {type: money,", "half: {type: money, public: true,"}},
	{"a reminder that is private", loadEdit{inTexts, "  menu: \"", "  nudge: \"{balance} is due\"\n  menu: \""}},
	{"a public text that discloses", loadEdit{inTexts, `a: "Hello {first_name}, we have a message`, `a: "Hello {first_name}, your ＯＶＥＲＤＵＥ account has a message`}},
	{"options numbered by hand", loadEdit{inTexts, "What would you like to do?", "1 Pay now 2 Pay in parts"}},
	{"queue.opens without a queue", loadEdit{inTexts, "We are still waiting for your reply.", "We wait until {queue.opens}."}},
	{"a code that shows in the preview", loadEdit{inTexts, "Never share this, not even with a colleague of ours: your Acme Bank code is {code}.", "Your code is {code}."}},
	{"a code's text without the code", loadEdit{inTexts, "your Acme Bank code is {code}.", "your Acme Bank code is below."}},
	{"a plural that is missing", loadEdit{inTexts, `{count: plan.months, one: "{plan.months} month", `, "{count: plan.months, "}},
	{"a plural without count", loadEdit{inTexts, "{count: plan.months, one:", "{one:"}},
	{"a channel that is missing", loadEdit{inTexts, `{sms: "Pay {amount} here: {link}", whatsapp:`, "{whatsapp:"}},
	{"a form that is unknown", loadEdit{inTexts, `{sms: "Pay {amount} here: {link}", whatsapp:`, `{smss: "Pay", else:`}},
	{"forms that are mixed", loadEdit{inTexts, `{sms: "Pay {amount} here: {link}", whatsapp:`, `{a: "Pay {amount} here: {link}", whatsapp:`}},
	{"a form within itself", loadEdit{inTexts, `whatsapp: "Pay {amount} for {reference} here: {link}"`, `whatsapp: {a: "Pay"}`}},
	{"a section of no workflow", loadEdit{inTexts, "later:\n", "latre:\n"}},
	{"a workflow that opens nothing", loadEdit{inSmall, "workflow: later,", "workflow: latter,"}},
	{"a fact that the opened case doesn't take", loadEdit{inSmall, "facts: {owed: half}", "facts: {owned: half}"}},
	{"a fact of another type for the opened case", loadEdit{inSmall, "facts: {owed: half}", "facts: {owed: on}"}},
	{"opened at no time", loadEdit{inSmall, `at: "on + days(1)"`, `at: "half"`}},
	{"a trigger twice", loadEdit{"workflows/later.yaml", "event: small.later", "event: account.small"}},
	{"yaml that is none", loadEdit{inSmall, "currency: ZAR", "currency: [ZAR"}},
	{"an alias", loadEdit{inSmall, "currency: ZAR", "currency: &c ZAR\ncreditor2: *c"}},
	{"a tag", loadEdit{inSmall, "currency: ZAR", "currency: !!str ZAR"}},
	{"a merge key", loadEdit{inSmall, "limits: {least: 450,", "limits: {<<: {a: 1}, least: 450,"}},
	{"a second document", loadEdit{inSmall, "", "\n---\nworkflow: second\n"}},
	{"a file that is too large", loadEdit{inSmall, "", "\n# " + strings.Repeat("x", maxFile)}},
	{"a section that is too long", loadEdit{inSmall, "limits: {", "limits: {" + manyLimits()}},
	{"a byte order mark", loadEdit{inSmall, "workflow: small", "\xef\xbb\xbfworkflow: small"}},
}

func manyLimits() string {
	var b strings.Builder
	for i := range maxNames {
		fmt.Fprintf(&b, "l%d: 1, ", i)
	}
	return b.String()
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	declarations := declared(t, "testdata/load/tree/settle.yaml")
	for _, tc := range brokenFiles {
		_, err := LoadTree(loadFiles(t, tc.loadEdit), declarations)
		problems := Problems(nil)
		if !errors.As(err, &problems) {
			t.Errorf("%s: LoadTree gave %v, want Problems", tc.name, err)
			continue
		}
		fmt.Fprintf(&out, "== %s\n%v\n", tc.name, problems)
	}
	loadGolden(t, "broken.golden", out.String())
}
