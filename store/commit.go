package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// Committed is a commit's answer.
type Committed struct {
	// Conflict is no error: another commit got in first and nothing was written. Load and step again; where the reload
	// shows our event's ID already there, the answer to our own earlier commit was lost: then run exactly the effects that
	// are claimed under its nonce.
	Conflict bool
	Now      time.Time
	// Claims are, after a commit, those that were granted: of the wanted effects, the heads of their lanes that nobody else
	// runs. After a conflict they are all that are stored.
	Claims  map[string]Claim
	Version uint64 // what is stored now
	Nonce   string // of the commit that stored it
}

// Nonce makes the random name of one commit or claim attempt. It must never be used for a second attempt with other content.
func Nonce() string { return rand.Text() }

// Commit writes one fsm.Commit: document, wake time, journal, transcript, letters, hand-off and claims, all of it or none.
// claim are the effects that this process will run at once, for at most hold.
//
// A claim ends when its effect is gone from the document or has gone on to another Attempt; so a commit that lets an effect
// run again (retry, throttled, held, lapsed) raises its Attempt. Every other claim stands, whoever commits.
func (s *Store) Commit(ctx context.Context, c fsm.Commit, claim []fsm.Effect, nonce string, hold time.Duration) (Committed, error) {
	keys, args, err := s.commitArgs(c, claim, nonce, hold)
	if err != nil {
		return Committed{}, fmt.Errorf("commit conversation %s: %w", c.Conversation.ID, err)
	}
	r, err := s.write(ctx, commitScript, keys, args...)
	if err != nil {
		return Committed{}, fmt.Errorf("commit conversation %s: %w", c.Conversation.ID, err)
	}
	done := Committed{Now: r.time(1), Version: c.Conversation.Version, Nonce: nonce, Claims: make(map[string]Claim)}
	claims := r[min(2, len(r)):]
	switch r.text(0) {
	case "missing":
		return Committed{}, fmt.Errorf("commit conversation %s: %w", c.Conversation.ID, ErrNotFound)
	case "conflict":
		done.Conflict, done.Nonce = true, orNothing(r.text(3))
		done.Version, _ = strconv.ParseUint(r.text(2), 10, 64)
		claims = r[min(4, len(r)):]
	}
	for i := 0; i+1 < len(claims); i += 2 {
		effect := claims.text(i)
		done.Claims[effect] = parseClaim(effect, claims.text(i+1))
	}
	return done, nil
}

// commitArgs builds what commit.lua takes, in its order. It is long and straight.
func (s *Store) commitArgs(c fsm.Commit, claim []fsm.Effect, nonce string, hold time.Duration) (keys []string, args []any, err error) {
	conversation := c.Conversation
	p, err := partitionOf(conversation.ID)
	if err != nil {
		return nil, nil, err
	}
	if conversation.Version != c.Expected+1 {
		return nil, nil, fmt.Errorf("the document is at version %d, stepped from %d: a commit goes on by one", conversation.Version, c.Expected)
	}
	if !isWord(nonce) {
		return nil, nil, fmt.Errorf("nonce %q: one word, made by store.Nonce", nonce)
	}
	pending, err := pendingOf(conversation)
	if err != nil {
		return nil, nil, err
	}
	wanted := make([]string, len(claim))
	for i, e := range claim {
		wanted[i] = e.ID
	}
	version := strconv.FormatUint(conversation.Version, 10)
	document, err := s.sealDocument(p, conversation, version)
	if err != nil {
		return nil, nil, err
	}
	waiting := ""
	if since := waitsSince(&conversation); !since.IsZero() {
		waiting = millis(since)
	}
	args = []any{
		conversation.ID, strconv.FormatUint(c.Expected, 10), version, strconv.FormatUint(conversation.Epoch, 10), nonce,
		s.offset(), hold.Milliseconds(), cmp.Or(millisOrNone(rest(conversation)), nothing), pending, strings.Join(wanted, "\n"),
		waiting, document, len(c.Journal), len(c.Transcript), len(c.Letters), c.Over,
	}
	for i, e := range c.Journal {
		sealed, err := s.sealJSON(e, journalPlace(p, conversation.ID), at(version, i))
		if err != nil {
			return nil, nil, err
		}
		args = append(args, i, digestOf(conversation.ID, version, i, sealed), sealed)
	}
	for i, line := range c.Transcript {
		sealed, err := s.sealJSON(line, p.transcript(conversation.ID), at(version, i))
		if err != nil {
			return nil, nil, err
		}
		args = append(args, at(version, i)+" "+string(sealed))
	}
	for _, letter := range c.Letters {
		field, sealed, err := s.sealLetter(p, conversation.ID, letter)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, field, sealed)
	}
	return []string{
		p.conversation(conversation.ID), p.due(), p.journal(), p.transcript(conversation.ID), p.letters(), p.handoffs(),
	}, args, nil
}

func (s *Store) sealDocument(p partition, c fsm.Conversation, version string) ([]byte, error) {
	plain, err := c.Encode()
	if err != nil {
		return nil, fmt.Errorf("encode the document: %w", err)
	}
	if len(plain) > MaxDocument {
		return nil, fmt.Errorf("its document has %d bytes, at most %d: %w", len(plain), MaxDocument, ErrTooLarge)
	}
	if len(plain) > WarnDocument && s.options.Warn != nil {
		s.options.Warn(fmt.Sprintf("conversation %s has a document of %d bytes; above %d it is set aside", c.ID, len(plain), MaxDocument))
	}
	return s.keys.sealed(plain, p.conversation(c.ID), version)
}

func (s *Store) sealJSON(v any, place, version string) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode for %s: %w", place, err)
	}
	return s.keys.sealed(plain, place, version)
}

// pendingOf lists the document's effects as the scripts read them: "EFFECT ATTEMPT DUE" a line, in milliseconds, "-" for
// an effect that waits for another one of its lane.
func pendingOf(c fsm.Conversation) (string, error) {
	heads := make(map[string]bool)
	for _, e := range c.Heads() {
		heads[e.ID] = true
	}
	var b strings.Builder
	for i, e := range c.Effects {
		if !isWord(e.ID) || e.Attempt < 0 {
			return "", fmt.Errorf("effect %d: its ID must be one word and its attempt a count", i)
		}
		due := "-"
		if heads[e.ID] {
			due = millis(e.Due)
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s %d %s", e.ID, e.Attempt, due)
	}
	return b.String(), nil
}

// rest is when the conversation wants attention for anything but its effects: its wake time, were every head claimed for
// ever. The effects' part is worked out by the scripts, which alone know the claims.
func rest(c fsm.Conversation) time.Time {
	never := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	claims := make(map[string]time.Time)
	for _, e := range c.Heads() {
		claims[e.ID] = never
	}
	if wake := c.Wake(claims); wake.Before(never) {
		return wake
	}
	return time.Time{}
}

// at names one of several values written by one version.
func at(version string, i int) string { return version + "." + strconv.Itoa(i) }

func journalPlace(p partition, conversation string) string { return p.journal() + "|" + conversation }

// digestOf is what the next entry's "previous" must be.
func digestOf(conversation, version string, position int, sealed []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d\x00", conversation, version, position)
	h.Write(sealed)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func isWord(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\n\v\f\r\x00") }

// waitsSince is since when a person is waited for: by a case that is blocked, or by what an ended one has left to do.
func waitsSince(c *fsm.Conversation) (since time.Time) {
	if c.Handoff != nil {
		return c.Handoff.At
	}
	for _, h := range c.Work {
		if since.IsZero() || h.At.Before(since) {
			since = h.At
		}
	}
	return since
}
