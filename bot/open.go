package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// OpenRequest is a matter that has come up: a case to open, once for each source and ID.
type OpenRequest struct {
	Source    string // who asks: the API key's name, a campaign
	ID        string // the source's own ID of the matter
	Event     string // account.overdue
	Workflow  string // where not the one that Event triggers
	Customer  string // the bank's reference of the person
	Ref       string // the bank's reference of the matter, given to every operation
	Language  string
	Zone      string
	Addresses []message.Address // those on record, the first one to be tried first
	Facts     map[string]string
	Consent   []policy.Consent
	Shared    bool // addresses may be those of another customer's conversation
}

// Opened is the case, whether opened now or before.
type Opened struct {
	Case         string `json:"case"`
	Conversation string `json:"conversation"`
	Existed      bool   `json:"existed"`
}

// Invalid says what is wrong with a request, by field. Its messages hold no values.
type Invalid struct{ Problems []Field }

// Field is one thing wrong.
type Field struct{ Name, Message string }

func (i *Invalid) Error() string {
	all := make([]string, len(i.Problems))
	for n, p := range i.Problems {
		all[n] = p.Name + ": " + p.Message
	}
	return strings.Join(all, "; ")
}

// ErrShared: an address belongs to another customer's conversation.
var ErrShared = fsm.ErrSharedAddress

// ErrOpen: a case of this workflow is open already for this account or contact, and its trigger allows one.
var ErrOpen = fsm.ErrOpen

// Open opens a case, at most once for each source and ID, for the conversation's life. *Invalid says what to mend.
func (b *Bot) Open(ctx context.Context, r OpenRequest) (Opened, error) {
	opened, err := b.opening(r)
	if err != nil {
		return Opened{}, err
	}
	loaded, err := b.conversationOf(ctx, r)
	if err != nil {
		return Opened{}, err
	}
	id := loaded.Conversation.ID
	// Before the commit: an entry without a case is harmless, a case that can't be found isn't.
	if owner, err := b.Store.PutCase(ctx, opened.Case, id); err != nil {
		return Opened{}, err
	} else if owner != id {
		// It was opened for another contact, or is to be: whoever noted it may have died before its commit.
		loaded, err = b.Store.Load(ctx, owner)
		if loaded, err = b.follow(ctx, loaded, err); err != nil {
			return Opened{}, err
		}
		id = loaded.Conversation.ID
	}
	existed := loaded.Conversation.Knows(opened.Case)
	event := "open/" + opened.Case
	if err := b.handle(ctx, id, &loaded, fsm.Event{ID: event, Mark: b.Store.Mark(event), Opened: opened}); err != nil {
		return Opened{}, err
	}
	return Opened{Case: opened.Case, Conversation: id, Existed: existed}, nil
}

// conversationOf finds where a case belongs, or begins a conversation: with the customer that the bank names, else with
// whoever has the first address. An address of another customer's is refused before anything leads there.
func (b *Bot) conversationOf(ctx context.Context, r OpenRequest) (store.Loaded, error) {
	customer := store.Customer(r.Customer)
	first, second := customer, r.Addresses[0]
	if r.Shared {
		first, second = second, first
	}
	loaded, err := b.Store.LoadAddress(ctx, first)
	if errors.Is(err, store.ErrNotFound) {
		loaded, err = b.Store.LoadAddress(ctx, second)
	}
	if errors.Is(err, store.ErrNotFound) {
		loaded, err = b.Store.Create(ctx, r.Addresses[0])
	}
	if loaded, err = b.follow(ctx, loaded, err); err != nil {
		return store.Loaded{}, err
	}
	if known := loaded.Conversation.Contact.Customers; !r.Shared && len(known) > 0 && !slices.Contains(known, r.Customer) {
		return store.Loaded{}, ErrShared
	}
	id := loaded.Conversation.ID
	for _, a := range r.Addresses {
		has, err := b.Store.LoadAddress(ctx, a)
		has, err = b.follow(ctx, has, err)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && (r.Shared || has.Conversation.ID == id):
		case err == nil:
			return store.Loaded{}, ErrShared // what we wrote there would be answered in that conversation
		default:
			return store.Loaded{}, err
		}
	}
	// Before the commit: an address that leads to a conversation without its case is harmless, the other way round isn't.
	_, err = b.Store.Alias(ctx, id, append(slices.Clone(r.Addresses), customer)...)
	return loaded, err
}
