package channels

// Finding is what is odd about a Config: what, and what to do about it. It never holds a secret.
type Finding struct {
	Wrong bool // nothing will be sent or received; false: it may well be meant
	What  string
	Do    string
}

// Inspector is a Config that can say what is odd about itself, beyond what Open refuses, without calling its provider.
type Inspector interface {
	Inspect() []Finding
}

// Setting is one thing to set at the provider by hand.
type Setting struct {
	Name  string // as the provider calls it
	Value string
	Why   string
}

// Adviser is a Config whose provider must be told where we are. name is the channel's.
type Adviser interface {
	Advice(publicURL, name string) []Setting
}
