package bot

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/code"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// answered stands in the journal and the transcript where a customer typed what only a check may see.
const answered = "[answer]"

// prepare gives an event what Step can't know: a spare code, and, while a challenge is open, what was typed as keyed
// hashes. After it the event holds nothing that must not be kept. It is done anew after every load.
func (b *Bot) prepare(c *fsm.Conversation, e *fsm.Event) {
	ref := store.Nonce()
	e.Code = &fsm.SpareCode{Ref: ref, MAC: b.codeMAC(ref, b.Store.Code(ref, code.Digits))}
	if e.Received == nil {
		return
	}
	m := *e.Received // the job keeps what was typed, for the next attempt
	e.Received = &m
	m.Text = redactCards(m.Text)
	ch := c.Challenge
	if ch == nil || len(ch.Facts) == 0 || m.From != ch.Address {
		return
	}
	if message.Word(m.Text, c.Contact.Stopped) != message.None || m.Choice == "" && answer.Outranking(m.Text, b.languages()).Kind != answer.NoWord {
		return
	}
	m.Typed = b.typedAt(c, ch, m)
	m.Text = answered
}

// typedAt reads an answer to the open challenge.
func (b *Bot) typedAt(c *fsm.Conversation, ch *fsm.Challenge, m fsm.MessageReceived) *fsm.Typed {
	t := &fsm.Typed{Challenge: ch.ID, Refused: b.spray.open(time.Now())}
	text := m.Text
	if ch.Code != nil {
		digits, rest, found := code.Read(text)
		if found {
			t.Code, text = b.codeMAC(ch.Code.Ref, digits), rest
		}
	}
	k := c.Case(ch.Case)
	if k == nil {
		t.Nothing = true
		return t
	}
	checks := b.asked(k, ch)
	normals, _ := identity.Read(checks, text, c.Contact.Language)
	t.Facts = make(map[string][]byte, len(normals))
	for class, normal := range normals {
		t.Facts[class] = b.factMAC(class, normal)
	}
	t.Nothing = m.Choice != "" || len(normals) == 0 && t.Code == nil
	if !t.Nothing {
		b.spray.count(time.Now(), b.rightNow(c, ch, t))
	}
	return t
}

// rightNow says whether what was typed is right, for the breaker's count alone: Step decides.
func (b *Bot) rightNow(c *fsm.Conversation, ch *fsm.Challenge, t *fsm.Typed) bool {
	k := c.Case(ch.Case)
	w := b.Library.Pinned(k.Workflow)
	if w == nil {
		return false
	}
	for _, name := range ch.Facts {
		if def := w.Facts[name]; def == nil || string(t.Facts[def.Proves]) != string(k.Proofs[name]) {
			return false
		}
	}
	return true
}

// asked are the checks of the classes that a challenge asks.
func (b *Bot) asked(k *fsm.Case, ch *fsm.Challenge) []identity.Check {
	w := b.Library.Pinned(k.Workflow)
	if w == nil {
		return nil
	}
	var checks []identity.Check
	for _, name := range ch.Facts {
		for _, c := range b.Checks {
			if def := w.Facts[name]; def != nil && c.Class() == def.Proves {
				checks = append(checks, c)
			}
		}
	}
	return checks
}

func (b *Bot) factMAC(class, normal string) []byte { return b.Store.MAC("fact", class, normal) }
func (b *Bot) codeMAC(ref, digits string) []byte   { return b.Store.MAC("code", ref, digits) }

func (b *Bot) languages() []string { return b.Library.Languages() }

// cards finds what may be a card number: 13 to 19 digits, with single spaces or hyphens between them.
var cards = regexp.MustCompile(`\d(?:[ -]?\d){12,18}`)

// redactCards takes card numbers out of a text before anything is kept of it (PCI DSS 4.0.1, 3.3): the first six and the
// last four digits stay, as the standard allows.
func redactCards(text string) string {
	return cards.ReplaceAllStringFunc(text, func(found string) string {
		digits := strings.NewReplacer(" ", "", "-", "").Replace(found)
		if !luhn(digits) {
			return found
		}
		return digits[:6] + strings.Repeat("*", len(digits)-10) + digits[len(digits)-4:]
	})
}

// luhn is the check digit rule of ISO/IEC 7812-1.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// spray is the breaker over all customers of this process: where more than one answer in three is wrong over a window of
// five minutes, and at least 200 were given, somebody tries customers one by one, and nothing counts as right until the
// window is over (SECURITY.md, D3).
type spray struct {
	mu          sync.Mutex
	since       time.Time // guarded by mu
	right, all  int       // guarded by mu
	closedUntil time.Time // guarded by mu
}

const (
	sprayWindow = 5 * time.Minute
	sprayFloor  = 200
)

func (s *spray) count(now time.Time, right bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.since) > sprayWindow {
		s.since, s.right, s.all = now, 0, 0
	}
	s.all++
	if right {
		s.right++
	}
	if s.all >= sprayFloor && s.all-s.right > s.all/3 {
		s.closedUntil = now.Add(sprayWindow)
	}
}

func (s *spray) open(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.closedUntil)
}
