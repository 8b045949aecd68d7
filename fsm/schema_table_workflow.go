package fsm

import "slices"

var limitsShape = named("limits", "One number of the policy. A whole number serves as a count or as an amount; an amount with a point stands in quotes.",
	"plan_least: 450", variableName, anAmount)

var factShape = &shape{sort: mapShape, where: "fact", what: "fact", keys: []key{
	{"type", enum(factTypes...), true, "What kind of value it is.", "type: money"},
	{"from", &shape{sort: textShape, says: "trigger, customer, or a declared lookup as SYSTEM.OPERATION"}, false,
		"Where it comes from: trigger (what opened the case), customer (asked for), or a lookup in a system. trigger where left out.", "from: core.account"},
	{"fresh", aDuration, false, "How old a looked-up value may be before it is looked up again.", "fresh: 1h"},
	{"is", anExpr, false, "How it is computed, instead of from.", `is: "balance / 2"`},
	{"public", aFlag, false, "Anyone may read it. Private where left out.", "public: true"},
	{"secret", aFlag, false, "Only the identity check may use it; it is kept as a keyed hash.", "secret: true"},
	{"proves", enum(provesClasses...), false, "The class of a secret fact. Two of different classes prove who replies.", "proves: birth"},
	{"min", anExpr, false, "The least that the customer may answer.", "min: today"},
	{"max", anExpr, false, "The most that the customer may answer.", `max: "today + days(14)"`},
	{"only", enum("business-days"), false, "Which days the customer may name.", "only: business-days"},
	{"of", choices, false, "What can be chosen, for type choice and choices.", "of: [paid-already, wrong-amount]"},
	{"form", enum("address"), false, "The form that asks for it.", "form: address"},
	{"accept", several(&shape{sort: enumShape, what: "a kind of file", values: fileKinds}, 0, 0, "a list of kinds of files"), false,
		"Which files the customer may send.", "accept: [jpeg, png, pdf]"},
	{"most", count(10), false, "How many files.", "most: 2"},
}}

var fileKinds = []string{"jpeg", "png", "pdf"}

var offerShape = &shape{sort: mapShape, where: "offer", what: "offer", some: []string{"each", "from"}, keys: []key{
	{"each", named("each", "The values that are tried, each with each of the other names.", "months: [3, 6, 12]", variableName, values), false,
		"What is offered: every combination of these values.", "each: {months: [3, 6, 12]}"},
	{"from", &shape{sort: textShape, says: "a declared lookup as SYSTEM.OPERATION"}, false, "The lookup that gives the list, instead of each.", "from: core.plan-offers"},
	{"with", named("with of an offer", "A value computed for each one offered.", `instalment: "round_up(balance / months, 1)"`, variableName, anExpr), false,
		"What is computed for each.", `with: {instalment: "round_up(balance / months, 1)"}`},
	{"when", conditions, false, "What must hold for one to be offered.", `when: ["instalment >= instalment_least"]`},
	{"at-most", count(10), false, "How many are shown at most.", "at-most: 3"},
}}

// endKeys are what outcomes and exceptions have in common.
var endKeys = []key{
	{"write", anOperation, false, "The change in the system of record. The case ends once it is acknowledged.", "write: core.record-promise"},
	{"with", inputs, false, "The operation's inputs.", "with: {on: promised_on}"},
	{"also", alsoShape, false, "What other systems are told, without waiting.", "also: [crm.note]"},
	{"flag", enum(flagNames()...), false, "The flag that is set on the contact.", "flag: dispute"},
	{"queue", aQueue, false, "Who gets the case.", "queue: care"},
	{"say", textName, false, "What the customer is told. NAME-said where left out.", "say: promised-said"},
	{"opens", opensShape, false, "A later case.", `opens: {workflow: promise-due, at: "promised_on + days(1)"}`},
	{"undo", undoShape, false, "How the customer may take it back, for a while.", "undo: {write: core.cancel-promise, within: 24h, to: menu}"},
}

var outcomeShape = &shape{sort: mapShape, where: "outcome", what: "outcome", keys: slices.Concat(endKeys, []key{
	{"resolved", aFlag, false, "false where the matter isn't settled. true where left out.", "resolved: false"},
})}

var exceptionShape = &shape{sort: mapShape, where: "exception", what: "exception", keys: slices.Concat(withQueue(endKeys), []key{
	{"back", &shape{sort: textShape, says: "a state, or never"}, false, "Where the thread goes on when a person gives the case back. Where it was, if left out.", "back: menu"},
	{"after", count(20), false, "How often in a row, in one state, before it happens.", "after: 3"},
})}

// sharedKeys are the sections that a fragment may bring too.
var sharedKeys = []key{
	{"limits", limitsShape, false, "The numbers of the policy, in one place.", "limits: {plan_least: 450}"},
	{"facts", named("facts", "What is known, or asked, about a case.", "balance: {type: money, from: core.account, fresh: 1h}", variableName, factShape), false,
		"What is known, or asked, about a case.", "facts: {balance: {type: money, from: core.account, fresh: 1h}}"},
	{"offers", named("offers", "A list of values that the customer may choose from.", "plan: {each: {months: [3, 6]}}", variableName, offerShape), false,
		"Lists of values that are judged like options.", "offers: {plan: {each: {months: [3, 6]}}}"},
	{"outcomes", named("outcomes", "One way in which a case ends.", "settled: {}", plainName, outcomeShape), false, "How a case may end.", "outcomes: {settled: {}}"},
	{"exceptions", named("exceptions", "One thing that blocks a case, with the queue that gets it.", "declined: {queue: care}", plainName, exceptionShape), false,
		"What blocks a case, and who gets it.", "exceptions: {declined: {queue: care, back: menu}}"},
	{"whenever", wheneverShape, false, "What holds in every state, when a fact or an event comes in.", `whenever: [{when: ["balance <= 0"], to: settled}]`},
	{"silence", silenceShape, false, "What happens when the customer says nothing.", "silence: {after: 24h, remind: nudge, then: expired}"},
	{"expires", aDuration, false, "How long a case may last. Then it ends as expired.", "expires: 21d"},
	{"states", named("states", "One step of the conversation. It does one thing.", "menu: {say: menu, options: [{id: pay, to: pay}]}", plainName, stateShape), false,
		"The steps of the conversation.", "states: {hello: {say: hello, options: [{id: continue, to: menu}]}}"},
}

var workflowShape = &shape{sort: mapShape, where: "workflow", what: "a workflow", keys: slices.Concat([]key{
	{"workflow", aName, true, "The workflow's name, which is its file's too.", "workflow: overdue-account"},
	{"title", aText, true, "What it is about, in words for people.", "title: Overdue account"},
	{"purpose", enum("collection", "billing", "compliance", "service"), true, "What it is for: it picks the rules on contact.", "purpose: collection"},
	{"creditor", enum("first-party", "third-party"), false, "Whose debt it is, for purpose collection.", "creditor: first-party"},
	{"currency", &shape{sort: textShape, says: "a currency of ISO 4217, as ZAR, EUR or USD"}, false, "The currency of all amounts.", "currency: ZAR"},
	{"use", several(&shape{sort: textShape, what: "use"}, 0, 0, "a list of fragments"), false, "The fragments that are merged into it.", "use: [common]"},
	{"trigger", triggerShape, false, "What opens a case. Every workflow but lobby has it.", "trigger: {event: account.overdue, once-per: account}"},
	{"reach", reachShape, false, "How the customer is first reached. Every workflow but lobby has it.", "reach: [{whatsapp: hello}, {sms: hello, after: 4h}]"},
	{"start", &shape{sort: textShape, says: "the name of the state in which a case begins"}, true, "The state in which a case begins.", "start: hello"},
}, requiredStates())}

// requiredStates are the shared sections, of which a workflow can't do without states of its own.
func requiredStates() []key {
	all := slices.Clone(sharedKeys)
	last := &all[len(all)-1]
	own := *last.is
	own.least, last.is, last.must = 1, &own, true
	return all
}

var fragmentShape = &shape{sort: mapShape, where: "fragment", what: "a fragment", keys: slices.Concat([]key{
	{"fragment", aValue, true, "The fragment's name, by which workflows use it.", "fragment: common"},
}, sharedKeys)}

// withQueue are keys of which queue may not be left out.
func withQueue(keys []key) []key {
	all := slices.Clone(keys)
	for i := range all {
		all[i].must = all[i].must || all[i].name == "queue"
	}
	return all
}
