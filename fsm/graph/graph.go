package graph

// Graph is a workflow as nodes and arrows.
type Graph struct {
	Name, Title string
	Nodes       []Node  // the start, "in every state", states in their file's order, outcomes, exceptions by queue
	Arrows      []Arrow // in the order of the nodes that they leave
}

// Node is one place of a workflow.
type Node struct {
	Name    string // of a state, outcome or exception; StartNode and AnywhereNode are the two others
	Kind    Kind
	Needs   string   // the assurance that is required before it is entered; empty for the start and "in every state"
	Lines   []string // what it does, in a few words each: an operation, a fact, a queue
	Text    string   // what the customer reads there, with its placeholders; empty where nothing is said
	Options []string // what may be answered there, each with its conditions
	Queue   string   // an exception's
}

// The names of the nodes that aren't in the file. No state can be called so.
const (
	StartNode    = "(start)"
	AnywhereNode = "(anywhere)"
)

// Kind is what a node is: a state's kind, or one of these.
type Kind string

// The kinds of nodes.
const (
	Start     Kind = "start"
	Anywhere  Kind = "anywhere"
	Say       Kind = "say"
	Ask       Kind = "ask"
	Offer     Kind = "offer"
	Confirm   Kind = "confirm"
	Sign      Kind = "sign"
	Do        Kind = "do"
	Decide    Kind = "decide"
	Wait      Kind = "wait"
	Outcome   Kind = "outcome"
	Exception Kind = "exception"
)

// Arrow is one way from a node to another.
type Arrow struct {
	From, To string
	Kind     ArrowKind
	Label    string   // an option's id, a result, an event, "silence 24h", "otherwise"
	Says     string   // an option's label, as the customer reads it
	When     []string // the conditions of an option or a branch: all must hold
}

// ArrowKind is who or what takes an arrow.
type ArrowKind string

// The kinds of arrows.
const (
	ByCustomer ArrowKind = "customer" // a reply
	ByRule     ArrowKind = "rule"     // a result, an event, a condition, the engine
	ByTime     ArrowKind = "time"     // silence, a wait, expiry
)

// levels are the assurances, least first, and kinds and arrowKinds all kinds: the order of legends.
var (
	levels     = []string{"anyone", "device", "person", "approval", "passkey"}
	kinds      = []Kind{Say, Ask, Offer, Confirm, Sign, Do, Decide, Wait, Outcome, Exception}
	arrowKinds = []ArrowKind{ByCustomer, ByRule, ByTime}
)

// title is what a node is called for people.
func (n Node) title() string {
	switch n.Kind {
	case Start:
		return "start"
	case Anywhere:
		return "in every state"
	}
	return n.Name
}

// about is what a node is and needs, as its first line below its name.
func (n Node) about() string {
	if n.Needs == "" {
		return ""
	}
	return string(n.Kind) + " · " + n.Needs
}
