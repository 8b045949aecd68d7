package fsm

// EngineText is a sentence that the engine itself says. Every language has it, in common or in a workflow's own section.
type EngineText struct {
	Name  string
	For   string   // when it is said: what a translator needs to know
	Holes []string // the placeholders that the engine fills, beside those of every text
	Must  []string // those of Holes that may not be left out
	Label bool     // the label of a reply
	Ask   bool     // it asks for evidence by the class of a known fact: needed where a fact proves it
}

// EngineTexts are all of them. All must be public: they are said before, or without, knowing who is replying.
var EngineTexts = []EngineText{
	{Name: "stopped", For: "the one confirmation of STOP; it says how to start again"},
	{Name: "started", For: "the confirmation of START"},
	{Name: "help", For: "the answer to HELP: who we are, and what can be replied"},
	{Name: "verify-facts", For: "asks for known facts, together; after one of them, for the other", Holes: []string{"facts", "example"}, Must: []string{"facts"}},
	{Name: "verify-code", For: "asks for one fact and the code that comes in a message of its own", Holes: []string{"facts", "example"}, Must: []string{"facts"}},
	{Name: "verify-again", For: "said before asking again: what came wasn't right, whatever the reason"},
	{Name: "verify-reply", For: "asks for any reply, where a message of the customer's own is evidence enough"},
	{Name: "code", For: "carries a one-time code: no link, and the code after the first 30 characters", Holes: []string{"code"}, Must: []string{"code"}},
	{Name: "and", For: "joins two things that are asked together: day and month of birth AND postcode"},
	{Name: "fact-birth", For: "names the known fact of class birth, as asked for", Ask: true},
	{Name: "fact-place", For: "names the known fact of class place, as asked for", Ask: true},
	{Name: "fact-account", For: "names the known fact of class account, as asked for", Ask: true},
	{Name: "not-understood-yet", For: "said before asking again: nobody understood"},
	{Name: "no-longer", For: "said before asking again: what was chosen isn't offered any more"},
	{Name: "stale", For: "said before asking again: a button of an earlier message was tapped"},
	{Name: "answer-past", For: "said before asking again: the day is past"},
	{Name: "answer-range", For: "said before asking again: the answer is out of bounds", Holes: []string{"least", "most"}},
	{Name: "answer-workday", For: "said before asking again: the day isn't a working day"},
	{Name: "recording", For: "said when a system of record takes longer than a moment"},
	{Name: "wait", For: "said when a message comes while nothing is asked"},
	{Name: "undone", For: "says that a commitment was reversed"},
	{Name: "undo-failed", For: "says that a commitment couldn't be reversed, and that a person looks at it"},
	{Name: "undo-unverified", For: "says that UNDO works from the thread that made the commitment"},
	{Name: "nothing-to-undo", For: "the answer to UNDO where nothing can be undone"},
	{Name: "back-none", For: "the answer to BACK where there is no question before this one"},
	{Name: "cases", For: "the answer to CASES", Holes: []string{"count"}},
	{Name: "no-case", For: "the answer to MENU and its like where no case is open"},
	{Name: "handoff", For: "said by an exception that has no text of its own", Holes: []string{"queue.opens"}},
	{Name: "queue-soon", For: "fills {queue.opens} while a queue is open: soon", Holes: []string{}},
	{Name: "queue-later", For: "fills {queue.opens} where its next hour isn't near: later"},
	{Name: "queue-at", For: "fills {queue.opens} before a queue opens", Holes: []string{"day", "time"}, Must: []string{"time"}},
	{Name: "yes", For: "the label that agrees to what is read back, and answers yes", Label: true},
	{Name: "no", For: "the label that doesn't, and answers no", Label: true},
}

// codeAfter is where a code may stand at the earliest: a locked telephone shows the beginning of a message.
const codeAfter = 30

// disclosing are words that tell whoever reads over a shoulder what a message is about. A public text has none of them.
// They are matched as the beginnings of words, folded.
var disclosing = map[string][]string{
	"en": {"debt", "overdue", "arrear", "collect", "owe", "owing", "past due", "unpaid", "default", "delinquen", "balance", "instalment", "installment", "lawyer", "legal action", "court"},
	"af": {"skuld", "agterstallig", "invorder", "onbetaal", "wanbetaal", "balans", "paaiement", "prokureur", "regstappe", "hof"},
}
