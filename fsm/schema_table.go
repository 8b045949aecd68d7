package fsm

// The rules for names.
var (
	plainName    = &nameRule{pattern: nameForm, says: "small letters, digits, - and _, beginning with a letter"}
	variableName = &nameRule{pattern: variableForm, reserved: reserved,
		says: "small letters, digits and _, beginning with a letter, and no word of the expression language"}
)

// What stands in a place, by itself.
var (
	aText       = &shape{sort: textShape, says: "a text"}
	aValue      = &shape{sort: textShape}
	aName       = &shape{sort: nameShape, rule: plainName}
	aVariable   = &shape{sort: nameShape, rule: variableName}
	anArrow     = &shape{sort: textShape, says: "the name of the state, outcome or exception that follows"}
	textName    = &shape{sort: textShape, says: "the name of a text in messages/"}
	aDuration   = &shape{sort: durationShape}
	aFlag       = &shape{sort: flagShape}
	anAmount    = &shape{sort: amountShape, what: "limit"}
	anOperation = &shape{sort: textShape, says: "an operation that settle.yaml declares, as SYSTEM.OPERATION"}
	aQueue      = &shape{sort: textShape, says: "a queue that settle.yaml declares"}
	anEvent     = &shape{sort: textShape, says: "the name of an event"}
	anExpr      = &shape{sort: expressionShape}
	conditions  = &shape{sort: listShape, of: &shape{sort: expressionShape, what: "a condition"}, says: "a list of conditions that must all hold"}
	values      = &shape{sort: listShape, of: &shape{sort: valueShape, what: "a value"}, least: 1, says: "a list of values"}
	choices     = &shape{sort: listShape, of: &shape{sort: textShape, what: "a choice"}, says: "a list of names"}
	needs       = enum("device", "person", "approval", "passkey")
)

func enum(values ...string) *shape { return &shape{sort: enumShape, values: values} }
func count(most int) *shape        { return &shape{sort: countShape, most: most} }

func several(of *shape, least, most int, says string) *shape {
	return &shape{sort: listShape, of: of, least: least, most: most, says: says}
}

// named is a section: a map of names. Nobody can review more than maxNames.
func named(where, doc, example string, rule *nameRule, of *shape) *shape {
	return &shape{sort: namesShape, where: where, doc: doc, example: example, rule: rule, of: of, most: maxNames, says: "a map of names"}
}

var (
	inputs = named("inputs (with)", "The value of one of the operation's inputs. ref is given by itself.", "amount: balance", nil, anExpr)

	alsoShape = several(&shape{sort: formsShape, what: "also", cases: []*shape{anOperation, {sort: mapShape, where: "also", what: "also", keys: []key{
		{"write", anOperation, true, "The operation that another system is told with.", "write: crm.note"},
		{"with", inputs, false, "Its inputs.", `with: {text: "'promised'"}`},
	}}}}, 0, 0, "a list of operations that aren't waited for")

	silenceShape = &shape{sort: mapShape, where: "silence", what: "silence", keys: []key{
		{"after", aDuration, true, "How long the customer may say nothing.", "after: 24h"},
		{"remind", textName, false, "The text to remind with; no reminder where it is left out. It must be public.", "remind: nudge"},
		{"times", count(10), false, "How many reminders, each after the same time again.", "times: 2"},
		{"then", anArrow, true, "What follows in the end.", "then: expired"},
	}}

	timesShape = &shape{sort: mapShape, where: "times", what: "times", keys: []key{
		{"most", count(100), true, "How often the state may be entered in one case.", "most: 3"},
		{"then", anArrow, true, "What follows instead, once it is too often.", "then: declined"},
	}}

	triggerShape = &shape{sort: mapShape, where: "trigger", what: "trigger", keys: []key{
		{"event", anEvent, true, "The event that opens a case.", "event: account.overdue"},
		{"when", conditions, false, "What must hold for a case to be opened.", `when: ["balance >= 50"]`},
		{"once-per", enum("account", "contact"), false, "One open case at a time, for the account or for the contact.", "once-per: account"},
	}}

	reachShape = several(&shape{sort: casesShape, what: "a step of reach", cases: reachSteps()}, 0, 0, "a list of steps, each {CHANNEL: TEXT, after: TIME}")

	opensShape = &shape{sort: mapShape, where: "opens", what: "opens", keys: []key{
		{"workflow", &shape{sort: textShape, says: "the name of a workflow"}, true, "The workflow of the later case.", "workflow: promise-due"},
		{"at", anExpr, true, "When it is opened: a date or a time.", `at: "promised_on + days(1)"`},
		{"facts", named("facts of opens", "A fact that the later case is given.", "promised: promised", nil, anExpr), false,
			"What it is given to begin with.", "facts: {promised: promised}"},
	}}

	undoShape = &shape{sort: mapShape, where: "undo", what: "undo", keys: []key{
		{"write", anOperation, true, "The operation that takes the commitment back.", "write: core.cancel-promise"},
		{"with", inputs, false, "Its inputs.", "with: {on: promised_on}"},
		{"within", aDuration, true, "For how long the customer may say UNDO.", "within: 24h"},
		{"to", anArrow, true, "What follows then.", "to: menu"},
	}}

	wheneverShape = several(&shape{sort: mapShape, where: "whenever", what: "whenever", some: []string{"event", "when"}, keys: []key{
		{"when", conditions, false, "What must hold.", `when: ["balance <= 0"]`},
		{"event", &shape{sort: textShape, says: "an event that settle.yaml declares"}, false, "The event that comes in.", "event: psp.paid"},
		{"as", aVariable, false, "The name under which the event's facts can be read: paid.amount.", "as: paid"},
		{"to", anArrow, true, "What follows.", "to: settled"},
	}}, 0, 0, "a list of {when:, to:} and {event:, to:}")
)

// channelNames are the channels that a text or a step of reach may name.
var channelNames = []string{"email", "sms", "whatsapp"}

func reachSteps() []*shape {
	var all []*shape
	for _, c := range append(channelNames, "same") {
		doc := "The text that " + c + " carries. It must be public."
		if c == "same" {
			doc = "The text to send in the thread in which the case was opened."
		}
		all = append(all, &shape{sort: mapShape, where: "reach by " + c, what: "a step of reach", keys: []key{
			{c, textName, true, doc, c + ": hello"},
			{"after", aDuration, false, "When to try this, counted from the case's beginning.", "after: 4h"},
		}})
	}
	return all
}
