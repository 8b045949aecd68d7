package fsm

// A text is one value, or its forms along one axis: by variant, by channel, by count. A variant can differ by channel, a
// channel's text by count.
var (
	counted   = forms("text by count", pluralCategories, aText, "The text for numbers of this form in the language.", key{"count", aValue, true, "The placeholder whose number chooses the form.", "count: plan.months"})
	channeled = forms("text by channel", append(channelNames, elseForm), &shape{sort: formsShape, what: "a text", says: "a text", cases: []*shape{aText, counted}},
		"The text for this channel; else is for all others.")
	varied = forms("text by variant", variantNames, &shape{sort: formsShape, what: "a text", says: "a text", cases: []*shape{aText, channeled, counted}},
		"One of the variants that are tried against each other.")
	bodyShape = &shape{sort: formsShape, what: "a text", says: "a text, or a map of its forms", cases: []*shape{aText, varied, channeled, counted}}
)

var (
	variantNames     = []string{"a", "b", "c", "d"}
	pluralCategories = []string{"zero", "one", "two", "few", "many", "other"}
)

func forms(where string, names []string, of *shape, doc string, first ...key) *shape {
	s := &shape{sort: mapShape, where: where, what: "text", keys: first}
	for _, name := range names {
		s.keys = append(s.keys, key{name, of, false, doc, name + `: "Pay here: {link}"`})
		s.some = append(s.some, name)
	}
	return s
}

var definitionShape = &shape{sort: mapShape, where: "text", what: "text", keys: []key{
	{"text", bodyShape, true, "What is said, or the label of a reply.", "text: Pay now"},
	{"short", bodyShape, false, "The label's short form, for a button or a row of a list: 24 characters at most.", "short: Pay"},
	{"also", choices, false, "Other words by which the customer may choose it.", "also: [pay, pay now]"},
	{"template", aValue, false, "The approved template to send where the thread is closed to free text.", "template: overdue_v2"},
}}

var oneText = &shape{sort: formsShape, what: "text", says: "a text, or a map of its forms", cases: append([]*shape{definitionShape}, bodyShape.cases...)}

var publicShape = named("public texts", "A text that anyone may read: compliance signs it.", `hello: "Acme Bank: we have a message for you."`, plainName, oneText)

var sectionShape = &shape{sort: namesShape, where: "texts", what: "section", doc: "A text, or the label of an option. Only who is known reads it.", example: `menu: "{balance} is due."`,
	rule: plainName, of: oneText, most: maxTexts, says: "a map of texts",
	keys: []key{{"public", publicShape, false, "The texts that anyone may read.", `public: {hello: "Acme Bank: we have a message for you."}`}}}

// maxTexts bounds one section of messages.
const maxTexts = 5000

var messagesShape = &shape{sort: namesShape, where: "messages", what: "messages", doc: "The texts of one workflow; common for those of all.", example: `common: {continue: Continue}`,
	of: sectionShape, most: maxNames, says: "a map of sections: common, and one for each workflow"}
