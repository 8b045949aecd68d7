package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// Loaded is one conversation as it was at Now.
type Loaded struct {
	Conversation fsm.Conversation
	Now          time.Time        // Redis's: the time of the event that is stepped now, unless the conversation's last is later
	Claims       map[string]Claim // of effects that somebody runs, or ran until the claim lapsed (Until before Now)
	Nonce        string           // of the commit that wrote this version
	Suppressed   bool             // the address record says so; only known to LoadAddress
	Durable      bool             // what was read is as durable as the options say; false: only LoadDurable tells (see there)
}

// Claim says who runs an effect, and until when. It lies beside the document, not in it: replay doesn't see it.
type Claim struct {
	Effect  string
	Attempt int
	Nonce   string
	Until   time.Time
}

// Lapsed tells whether whoever ran the effect has let the time pass. That is an event (fsm.Lapsed), not a licence to run it
// again: the claim stands until a commit takes the effect to its next attempt, or takes it away.
func (c Claim) Lapsed(now time.Time) bool { return !c.Until.After(now) }

// Load reads a conversation, in one round trip. ErrNotFound, ErrCorrupt, fsm.ErrNewer.
func (s *Store) Load(ctx context.Context, id string) (Loaded, error) {
	return s.loadBy(ctx, id, s.read)
}

// LoadDurable is Load for whoever answers, or begins an effect, on the strength of what is there and not of a commit of its
// own: a duplicate, or a commit whose answer was lost. Where durability is replicated it returns once a replica has all
// that was read; otherwise a failover could lose the event after its repeat was acknowledged. In the other modes it is Load.
// ErrNotReplicated.
func (s *Store) LoadDurable(ctx context.Context, id string) (Loaded, error) {
	l, err := s.loadBy(ctx, id, s.readDurable)
	l.Durable = err == nil
	return l, err
}

func (s *Store) loadBy(ctx context.Context, id string, read func(context.Context, *script, []string, ...any) (reply, error)) (Loaded, error) {
	p, err := partitionOf(id)
	if err != nil {
		return Loaded{}, err
	}
	r, err := read(ctx, loadScript, []string{p.conversation(id)}, s.offset())
	if err != nil {
		return Loaded{}, fmt.Errorf("load conversation %s: %w", id, err)
	}
	return s.loaded(id, r.time(0), r.text(1))
}

// LoadAddress reads the conversation that an address, or a Customer reference, points to: in one round trip where the
// conversation was begun from this address, else in two. ErrNotFound, ErrCorrupt, fsm.ErrNewer.
func (s *Store) LoadAddress(ctx context.Context, a message.Address) (Loaded, error) {
	records := s.keys.records(a)
	for i, record := range records {
		r, err := s.read(ctx, loadAddressScript, record.keys(), s.offset(), record.partition.name())
		if err != nil {
			return Loaded{}, fmt.Errorf("load an address: %w", err)
		}
		id, suppressed := r.text(1), r.text(2)
		if id == "" {
			continue
		}
		if i > 0 {
			lockout, err := lockoutOf(r.text(3))
			if err == nil {
				err = s.carry(ctx, records[0], &carried{id, suppressed, lockout})
			}
			if err != nil {
				return Loaded{}, fmt.Errorf("carry an address to the newest key: %w", err)
			}
		}
		var l Loaded
		if stored := r.text(4); stored != "" {
			l, err = s.loaded(id, r.time(0), stored)
		} else {
			l, err = s.Load(ctx, id)
		}
		l.Suppressed = suppressed == "1"
		return l, err
	}
	return Loaded{}, fmt.Errorf("address: %w: no conversation has it", ErrNotFound)
}

// loaded opens what load.lua returns.
func (s *Store) loaded(id string, now time.Time, stored string) (Loaded, error) {
	if stored == "" {
		return Loaded{}, fmt.Errorf("conversation %s: %w", id, ErrNotFound)
	}
	version, nonce, claims, document := parseHead(stored)
	l := Loaded{Now: now, Claims: claims, Nonce: nonce, Durable: !s.replicated}
	p, err := partitionOf(id)
	if err != nil {
		return Loaded{}, err
	}
	plain, err := s.keys.opened([]byte(document), p.conversation(id), version)
	if err != nil {
		return Loaded{}, fmt.Errorf("load conversation %s: %w", id, err)
	}
	if l.Conversation, err = fsm.Decode(plain); errors.Is(err, fsm.ErrNewer) {
		return Loaded{}, fmt.Errorf("load conversation %s: %w: let a process of that release go on with it", id, err)
	} else if err != nil {
		return Loaded{}, fmt.Errorf("load conversation %s: %w: %w", id, ErrCorrupt, err)
	}
	if c := l.Conversation; c.ID != id || strconv.FormatUint(c.Version, 10) != version {
		return Loaded{}, fmt.Errorf("load conversation %s: %w: its document is another one's, or of another version than %s", id, ErrCorrupt, version)
	}
	return l, nil
}

// parseHead takes a conversation apart as far as a load needs it; version is empty where it isn't one. See read_head in
// prelude.lua.
func parseHead(stored string) (version, nonce string, claims map[string]Claim, document string) {
	first, rest, _ := strings.Cut(stored, "\n")
	lines, document, ok := strings.Cut(rest, "\n\n")
	words := strings.Split(first, " ")
	if !ok || len(words) != 5 {
		return "", "", nil, ""
	}
	claims = make(map[string]Claim)
	for line := range strings.Lines(lines) {
		if effect, claim, claimed := parseEffect(strings.TrimSuffix(line, "\n")); claimed {
			claims[effect] = claim
		}
	}
	return words[0], orNothing(words[2]), claims, document
}

// parseEffect reads "EFFECT ATTEMPT DUE", or "EFFECT ATTEMPT DUE NONCE UNTIL" where it is claimed.
func parseEffect(line string) (effect string, c Claim, claimed bool) {
	words := strings.Split(line, " ")
	if len(words) != 5 {
		return words[0], Claim{}, false
	}
	return words[0], parseClaim(words[0], words[1]+" "+words[3]+" "+words[4]), true
}

// nothing stands in a head for what is absent.
const nothing = "-"

func orNothing(word string) string {
	if word == nothing {
		return ""
	}
	return word
}

// parseClaim reads "ATTEMPT NONCE UNTIL", as commit.lua and claim.lua write it.
func parseClaim(effect, value string) Claim {
	c := Claim{Effect: effect}
	if parts := strings.Fields(value); len(parts) == 3 {
		c.Attempt, _ = strconv.Atoi(parts[0])
		c.Nonce, c.Until = parts[1], fromMillis(parts[2])
	}
	return c
}
