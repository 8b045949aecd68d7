package fsm

import "slices"

var optionShape = &shape{sort: mapShape, where: "option", what: "an option", keys: []key{
	{"id", aName, true, "Its name, and the name of the text that labels it.", "id: pay"},
	{"to", anArrow, true, "What follows when it is chosen.", "to: pay"},
	{"when", conditions, false, "What must hold for it to be shown.", `when: ["balance >= 100"]`},
	{"needs", needs, false, "How sure it must be who replies, where that is more than follows by itself.", "needs: approval"},
}}

var branchShape = &shape{sort: mapShape, where: "line of decide", what: "a line of decide", keys: []key{
	{"when", conditions, false, "What must hold. Only the last line has none.", `when: ["balance <= 0"]`},
	{"to", anArrow, true, "What follows.", "to: paid"},
}}

var thenShape = &shape{sort: mapShape, where: "then", what: "then", keys: []key{
	{"ok", anArrow, true, "What follows when the system has done it.", "ok: paying"},
	{"declined", &shape{sort: formsShape, what: "declined", says: "a name, or a map of the system's reasons", cases: []*shape{anArrow,
		{sort: namesShape, where: "declined", what: "declined", doc: "What follows when the system refuses for this reason.", example: "expired-card: card", of: anArrow, most: maxNames,
			keys: []key{{"else", anArrow, true, "What follows for every other reason.", "else: trouble"}}}}}, false,
		"What follows when the system refuses, for any reason or by reason.", "declined: {expired-card: card, else: trouble}"},
	{"else", anArrow, true, "What follows when it failed for good, or nobody knows whether it was done.", "else: trouble"},
}}

// stateKind is one kind of state: its first key says so.
type stateKind struct {
	kind  StateKind
	where string
	keys  []key
}

var (
	sayKey       = key{"say", textName, false, "The text that is said on the way in.", "say: plans"}
	toKey        = key{"to", anArrow, true, "What follows.", "to: confirm-promise"}
	elseKey      = key{"else", anArrow, true, "What follows when the customer doesn't agree.", "else: menu"}
	silenceKey   = key{"silence", silenceShape, false, "What happens when the customer says nothing here, instead of the workflow's own.", "silence: {after: 4h, then: expired}"}
	otherwiseKey = key{"otherwise", anArrow, false, "What follows when there is nothing to choose from.", "otherwise: nothing-fits"}
)

// stateKinds are all kinds of states.
var stateKinds = []stateKind{
	{SayState, "state that says", []key{
		{"options", several(optionShape, 1, 10, "a list of one to ten options"), true, "What the customer may reply.", "options: [{id: pay, to: pay}, {id: agent, to: asked-for-agent}]"},
		{"say", textName, true, "The text that is said.", "say: menu"}, otherwiseKey, silenceKey}},
	{AskState, "state that asks", []key{
		{"ask", &shape{sort: textShape, says: "the name of a fact from the customer"}, true, "The fact that the customer is asked for. The text of that name asks.", "ask: promised_on"}, toKey, silenceKey}},
	{OfferState, "state that offers", []key{
		{"offer", &shape{sort: textShape, says: "the name of an offer"}, true, "The offer to choose from.", "offer: plan"},
		{"say", textName, true, "The text that is said above it.", "say: plans"}, toKey, otherwiseKey, silenceKey}},
	{ConfirmState, "state that confirms", []key{
		{"confirm", textName, true, "The text that reads back what the customer is about to agree to.", "confirm: promise-summary"}, toKey, elseKey, silenceKey}},
	{SignState, "state that has signed", []key{
		{"sign", textName, true, "The text that is attested, with its version and hash.", "sign: fatca-2026"},
		{"as", aVariable, false, "The name under which the signature can be read: signed.hash.", "as: signed"}, toKey, elseKey, silenceKey}},
	{DoState, "state that does", []key{
		{"do", anOperation, true, "The operation that a system is asked to do, and waited for.", "do: psp.payment-page"},
		{"with", inputs, false, "The operation's inputs.", "with: {amount: balance, reference: case.ref}"},
		{"then", thenShape, true, "What follows, by result.", "then: {ok: paying, else: trouble}"}}},
	{DecideState, "state that decides", []key{
		{"decide", several(branchShape, 1, 0, "a list of lines, of which the first that holds is taken"), true, "Where to go, without the customer.",
			`decide: [{when: ["received >= promised"], to: kept}, {to: hello}]`}}},
	{WaitState, "state that waits", []key{
		{"wait", &shape{sort: namesShape, where: "wait", what: "wait", doc: "What follows after this event, or after this time when nothing came.", example: "30m: menu",
			of: anArrow, least: 1, most: maxNames, says: "a map of events and exactly one time"}, true, "What is waited for, and for how long.", "wait: {psp.failed: menu, 30m: menu}"},
		sayKey,
		{"as", aVariable, false, "The name under which the event's facts can be read: failure.reason.", "as: failure"}}},
}

// everyState are the keys that any state may have.
var everyState = []key{
	{"times", timesShape, false, "How often it may be entered, and what follows then.", "times: {most: 3, then: declined}"},
	{"also", alsoShape, false, "What other systems are told, without waiting.", "also: [crm.note]"},
	{"needs", needs, false, "How sure it must be who replies, where that is more than follows by itself.", "needs: approval"},
}

var stateShape = &shape{sort: casesShape, what: "state", says: "a map that does one thing", cases: stateCases()}

func stateCases() []*shape {
	all := make([]*shape, len(stateKinds))
	for i, k := range stateKinds {
		all[i] = &shape{sort: mapShape, where: k.where, what: "state", keys: slices.Concat(k.keys, everyState)}
	}
	return all
}
