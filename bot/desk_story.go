package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// Earned is one thing by which the customer was recognised.
type Earned struct {
	Kind    policy.EvidenceKind `json:"kind"`
	Address string              `json:"address"` // masked
	At      time.Time           `json:"at"`
	Stands  bool                `json:"stands"` // it counts now; else its time is over, or a person has taken over since
}

// Offered is what the customer could choose last, and what wasn't offered and why.
type Offered struct {
	At      time.Time         `json:"at"`
	Options []string          `json:"options"`
	Hidden  map[string]string `json:"hidden"` // option -> the line that didn't hold
}

// Tried is one call of a system of record.
type Tried struct {
	At        time.Time `json:"at"`
	Kind      string    `json:"kind"`      // look-up, write-back
	Operation string    `json:"operation"` // empty where the journal doesn't reach back to it
	Result    string    `json:"result"`
	Reason    string    `json:"reason,omitempty"`
}

// Said is one line of the transcript as a desk shows it.
type Said struct {
	At      time.Time `json:"at"`
	Who     string    `json:"who"`            // customer, bot, agent, note
	Name    string    `json:"name,omitempty"` // of the agent; the customer isn't told
	Address string    `json:"address"`        // masked
	Text    string    `json:"text"`
	Options []string  `json:"options,omitempty"`
	Status  string    `json:"status,omitempty"` // of what we said: on its way, sent, delivered, not sent and why
}

// lastReasons is how many of the journal's reasons a person is shown.
const lastReasons = 12

// tellStory adds what the journal and the transcript know.
func (b *Bot) tellStory(ctx context.Context, loaded store.Loaded, k *fsm.Case, d *HandoffDetail) error {
	c := &loaded.Conversation
	entries, err := b.Store.ConversationJournal(ctx, c.ID)
	if err != nil {
		return err
	}
	lines, err := b.Store.Transcript(ctx, c.ID, 0)
	if err != nil {
		return err
	}
	statuses, err := b.Store.Statuses(ctx, c.ID)
	if err != nil {
		return err
	}
	s := story{
		c: c, now: loaded.Now, statuses: statuses, results: map[string]result{}, wanted: map[string]bool{}, agents: map[string]string{},
		lines: map[string]fsm.Line{},
	}
	for _, e := range entries {
		s.note(e.Entry, k)
	}
	for _, l := range lines {
		if l.Effect != "" {
			s.lines[l.Effect] = l
		}
	}
	d.Earned, d.Offered, d.Tried = s.earned(k, d.Assurance.Level), s.offered(), s.tried()
	d.Why = append([]string{}, s.why[max(0, len(s.why)-lastReasons):]...)
	d.Transcript = make([]Said, len(lines))
	for i, l := range lines {
		d.Transcript[i] = Said{
			At: l.At, Who: l.Who, Name: s.agents[l.Effect], Address: l.Address.String(), Text: l.Text, Options: l.Options, Status: s.status(l),
		}
	}
	return nil
}

// story is what one pass through the journal finds.
type story struct {
	c        *fsm.Conversation
	now      time.Time
	statuses map[string]message.Status
	entries  []fsm.Entry         // those of the case
	why      []string            // and their reasons
	results  map[string]result   // effect -> its last
	wanted   map[string]bool     // effects that the journal reaches back to
	agents   map[string]string   // effect -> who wrote the message
	lines    map[string]fsm.Line // effect -> what it says
}

type result struct {
	kind string // of the effect
	done fsm.EffectDone
}

func (s *story) note(e fsm.Entry, k *fsm.Case) {
	for _, id := range e.Effects {
		s.wanted[id] = true
	}
	if d := e.Event.Done; d != nil {
		for _, because := range e.Because { // a late result of what is settled changes nothing, and says so otherwise
			if kind, ok := strings.CutSuffix(because, ": "+string(d.Result)); ok {
				s.results[d.Effect] = result{kind, *d}
				break
			}
		}
	}
	if a := e.Event.Agent; a != nil && a.Action == "reply" {
		for _, id := range e.Effects {
			s.agents[id] = a.Agent
		}
	}
	if e.Case == k.ID {
		s.entries = append(s.entries, e)
		s.why = append(s.why, e.Because...)
	}
}

// earned is what evidence there is, and when the customer was recognised before.
func (s *story) earned(k *fsm.Case, level policy.Assurance) []Earned {
	all := []Earned{}
	for _, e := range s.entries {
		for _, because := range e.Because {
			if kind, ok := strings.CutPrefix(because, "recognised: "); ok && e.Event.Received != nil {
				all = append(all, Earned{Kind: policy.EvidenceKind(kind), Address: e.Event.Received.From.String(), At: e.Event.At})
			}
		}
	}
	for _, e := range s.c.Contact.Evidence {
		if e.Subject != "" && e.Subject != k.Subjects() { // another person's who writes from the same telephone
			continue
		}
		now := Earned{Kind: e.Kind, Address: e.Address.String(), At: e.At}
		now.Stands = e.Address == k.Thread && (e.Kind == policy.ProviderSigned && level >= policy.Device || level >= policy.Person)
		all = slices.DeleteFunc(all, func(before Earned) bool { return before.Kind == now.Kind && before.At.Equal(now.At) })
		all = append(all, now)
	}
	slices.SortStableFunc(all, func(a, b Earned) int { return a.At.Compare(b.At) })
	return all
}

// offered is the last question: its entry has the reasons of what wasn't offered in it. Where nothing could be, there are
// only those.
func (s *story) offered() *Offered {
	for _, e := range slices.Backward(s.entries) {
		o := Offered{At: e.Event.At, Options: []string{}, Hidden: NotOffered(e)}
		for _, id := range e.Effects {
			o.Options = append(o.Options, s.lines[id].Options...)
		}
		if len(o.Options)+len(o.Hidden) > 0 {
			return &o
		}
	}
	return nil
}

// tried are the calls that the case's entries wanted, each with its last result. An entry names its operations in the order
// of its effects.
func (s *story) tried() []Tried {
	all := []Tried{}
	for _, e := range s.entries {
		for kind, says := range map[string]string{"write-back": "writing back ", "look-up": "looking up "} {
			var names []string
			for _, because := range e.Because {
				if op, ok := strings.CutPrefix(because, says); ok {
					names = append(names, op)
				}
			}
			ids := slices.DeleteFunc(slices.Clone(e.Effects), func(id string) bool { return s.kind(id) != kind })
			for i, id := range ids {
				t := Tried{At: e.Event.At, Kind: kind, Result: "on its way"}
				if len(names) == len(ids) {
					t.Operation = names[i]
				}
				if r, ok := s.results[id]; ok {
					t.Result, t.Reason = string(r.done.Result), r.done.Reason
				}
				all = append(all, t)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Tried) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind)) })
	return all
}

// kind says what an effect does, or did; empty where that isn't known any more.
func (s *story) kind(effect string) string {
	if f := s.c.Effect(effect); f != nil {
		return f.Kind()
	}
	return s.results[effect].kind
}

// status is how far a message of ours has come.
func (s *story) status(l fsm.Line) string {
	if l.Effect == "" {
		return ""
	}
	if status, ok := s.statuses[l.Effect]; ok {
		return string(status)
	}
	r, known := s.results[l.Effect]
	why := strings.Join(r.done.Because, "; ")
	if r.done.Reason != "" {
		why = strings.TrimSuffix(r.done.Reason+": "+why, ": ")
	}
	switch f := s.c.Effect(l.Effect); {
	case f != nil && f.Doubt:
		return "not known whether it was sent: being looked up"
	case f != nil && f.Due.After(s.now):
		return strings.TrimSuffix("waits until "+f.Due.UTC().Format("2006-01-02 15:04Z")+": "+why, ": ")
	case f != nil:
		return "on its way"
	case !known && !s.wanted[l.Effect]:
		return ""
	case !known:
		return "not sent: what was to be said before a person took over, STOP or a newer message was dropped"
	case r.done.Result == fsm.OK:
		return "sent"
	case r.done.Result == fsm.Unknown || r.done.Result == fsm.Lapsed:
		return "not known whether it was sent"
	}
	return strings.TrimSuffix("not sent: "+cmp.Or(why, string(r.done.Result)), ": ")
}

// NotOffered are the options that weren't offered when an entry was made, each with the line that didn't hold.
func NotOffered(e fsm.Entry) map[string]string {
	hidden := make(map[string]string)
	for _, because := range e.Because {
		if option, why, ok := strings.Cut(because, " is not offered: "); ok {
			hidden[option] = why
		}
	}
	return hidden
}
