package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// CaseView is one case as whoever opened it may see it: where it stands, never what was said.
type CaseView struct {
	Case         string     `json:"case"`
	Conversation string     `json:"conversation"`
	Source       string     `json:"source"`
	ID           string     `json:"id"`
	Workflow     string     `json:"workflow"`
	State        string     `json:"state"`
	Phase        string     `json:"phase"`
	Outcome      string     `json:"outcome,omitempty"`
	Exception    string     `json:"exception,omitempty"`
	Queue        string     `json:"queue,omitempty"`
	Assurance    string     `json:"assurance"`
	Opened       time.Time  `json:"opened"`
	Ended        *time.Time `json:"ended,omitempty"`
	Writebacks   []string   `json:"writebacks"`
}

// Case reads one case. store.ErrNotFound where there is none.
func (b *Bot) Case(ctx context.Context, id string) (CaseView, error) {
	conversation, err := b.Store.FindCase(ctx, id)
	if err != nil {
		return CaseView{}, err
	}
	loaded, err := b.Store.Load(ctx, conversation)
	if loaded, err = b.follow(ctx, loaded, err); err != nil {
		return CaseView{}, err
	}
	k := loaded.Conversation.Case(id)
	if k == nil {
		return CaseView{}, fmt.Errorf("case: %w", store.ErrNotFound)
	}
	return ViewCase(&loaded.Conversation, k, loaded.Now), nil
}

// ViewCase is one case of a conversation, as it stands at now.
func ViewCase(c *fsm.Conversation, k *fsm.Case, now time.Time) CaseView {
	v := CaseView{
		Case: k.ID, Conversation: c.ID, Source: k.Source, ID: k.External, Workflow: k.Workflow, State: k.State,
		Phase: string(k.Phase), Outcome: k.Outcome, Exception: k.Exception, Opened: k.Opened, Writebacks: []string{},
		Assurance: Standing(c, k, now).Level.String(),
	}
	if !k.Ended.IsZero() {
		v.Ended = &k.Ended
	}
	if c.Handoff != nil && c.Handoff.Case == k.ID {
		v.Queue = c.Handoff.Queue
	}
	for _, w := range c.Work {
		if w.Case == k.ID {
			v.Queue = w.Queue
		}
	}
	for _, w := range k.Writes {
		v.Writebacks = append(v.Writebacks, w.Operation)
	}
	return v
}

// Standing is how sure we are of whoever writes in a case's thread.
func Standing(c *fsm.Conversation, k *fsm.Case, now time.Time) policy.Standing {
	return policy.Level(c.Contact.Evidence, k.Subjects(), k.Thread, now, heardFrom(*c, k.Thread))
}
