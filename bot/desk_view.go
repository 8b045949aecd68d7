package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// HandoffView is one thing that a person must see to.
type HandoffView struct {
	Conversation string    `json:"conversation"`
	Case         string    `json:"case"`
	Workflow     string    `json:"workflow"` // without its version; empty where the case is archived
	Queue        string    `json:"queue"`
	Reason       string    `json:"reason"`
	Since        time.Time `json:"since"`
	Claimed      string    `json:"claimed,omitempty"`
	Language     string    `json:"language"`         // the customer's
	Ended        bool      `json:"ended"`            // the case has ended, and this was left to do
	Behind       bool      `json:"behind,omitempty"` // another case of the customer is with a person first
}

// Handoffs lists what waits for a person or is with one, the longest waiting conversation first; only what is in one of
// these queues, where any are named.
func (b *Bot) Handoffs(ctx context.Context, queues ...string) ([]HandoffView, error) {
	listed, err := b.Store.Handoffs(ctx)
	if err != nil {
		return nil, err
	}
	all := []HandoffView{}
	for _, w := range listed {
		loaded, err := b.Store.Load(ctx, w.Conversation)
		if errors.Is(err, store.ErrNotFound) { // gone meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, v := range viewHandoffs(&loaded.Conversation) {
			if len(queues) == 0 || slices.Contains(queues, v.Queue) {
				all = append(all, v)
			}
		}
	}
	return all, nil
}

func viewHandoffs(c *fsm.Conversation) (all []HandoffView) {
	add := func(h fsm.Handoff, behind bool) {
		v := HandoffView{
			Conversation: c.ID, Case: h.Case, Queue: h.Queue, Reason: h.Reason, Since: h.At, Claimed: h.Claimed, Language: c.Contact.Language,
		}
		k := c.Case(h.Case)
		if k != nil {
			v.Workflow, _, _ = strings.Cut(k.Workflow, "@")
		}
		v.Ended = k == nil || k.Phase == fsm.Closed
		v.Behind = behind && !v.Ended
		all = append(all, v)
	}
	if c.Handoff != nil {
		add(*c.Handoff, false)
	}
	for _, h := range c.Work {
		add(h, true)
	}
	return all
}

// HandoffDetail is the whole story for whoever takes a case over.
type HandoffDetail struct {
	Waiting    []HandoffView     `json:"waiting"` // this one first, then what else of the customer waits
	Case       CaseView          `json:"case"`
	Assurance  policy.Standing   `json:"assurance"` // of whoever is at the other end now
	Earned     []Earned          `json:"earned"`    // how it was, the latest last
	Facts      map[string]string `json:"facts"`
	Hidden     []string          `json:"hidden"` // private facts, not shown before the customer is recognised
	Flags      []string          `json:"flags"`
	Stopped    bool              `json:"stopped"`  // the customer has said STOP: a reply is refused
	Offered    *Offered          `json:"offered"`  // null where the case never asked anything
	Tried      []Tried           `json:"tried"`    // calls of systems of record
	Outcomes   []string          `json:"outcomes"` // with which it may be resolved now
	ReturnsTo  string            `json:"returns"`  // the state; empty where it doesn't go back to the bot
	Why        []string          `json:"why"`      // the journal's last reasons, the latest last
	Transcript []Said            `json:"transcript"`
}

// HandoffDetail tells what a person must know of what waits in a conversation; caseID chooses one of several, where it
// isn't empty. ErrNotWaiting where nothing waits in it, store.ErrNotFound where there is no such conversation.
func (b *Bot) HandoffDetail(ctx context.Context, conversation, caseID string) (HandoffDetail, error) {
	loaded, err := b.Store.Load(ctx, conversation)
	if loaded, err = b.follow(ctx, loaded, err); err != nil {
		return HandoffDetail{}, err
	}
	c := &loaded.Conversation
	waiting := viewHandoffs(c)
	i := slices.IndexFunc(waiting, func(v HandoffView) bool { return caseID == "" || v.Case == caseID })
	if i < 0 {
		return HandoffDetail{}, fmt.Errorf("conversation %s: %w", c.ID, ErrNotWaiting)
	}
	waiting[0], waiting[i] = waiting[i], waiting[0]
	k := c.Case(waiting[0].Case)
	if k == nil {
		return HandoffDetail{}, fmt.Errorf("conversation %s: %w: it is archived", c.ID, fsm.ErrNoCase)
	}
	d := HandoffDetail{
		Waiting: waiting, Case: ViewCase(c, k, loaded.Now), Assurance: Standing(c, k, loaded.Now), Stopped: c.Contact.Stopped,
		Flags: []string{}, Outcomes: []string{},
	}
	for _, flag := range slices.Sorted(maps.Keys(c.Contact.Flags)) {
		if c.Contact.Flags[flag] == k.Subject {
			d.Flags = append(d.Flags, flag)
		}
	}
	if h := c.Handoff; h != nil && h.Case == k.ID {
		d.Outcomes = append(d.Outcomes, fsm.Resolutions(b.Library, *c, k.ID, loaded.Now)...)
		if h.Back != fsm.Never {
			d.ReturnsTo = h.Back
		}
	}
	d.Facts, d.Hidden = b.factsFor(k, d.Assurance.Level)
	return d, b.tellStory(ctx, loaded, k, &d)
}

// factsFor are the facts of a case that may be shown at a level. A desk refuses private ones below person, as the bot does:
// whoever is at the other end may be anybody. Secret ones nobody sees, and of a fact that no workflow declares, as of one
// whose workflow isn't loaded, the worst is assumed.
func (b *Bot) factsFor(k *fsm.Case, level policy.Assurance) (shown map[string]string, hidden []string) {
	shown, hidden = map[string]string{}, []string{}
	w := b.Library.Pinned(k.Workflow)
	for _, name := range slices.Sorted(maps.Keys(k.Facts)) {
		var def *fsm.FactDef
		if w != nil {
			def = w.Facts[name]
		}
		switch {
		case def != nil && def.Secret:
		case def != nil && def.Public, w != nil && level >= policy.Person:
			shown[name] = k.Facts[name].Value
		default:
			hidden = append(hidden, name)
		}
	}
	return shown, hidden
}
