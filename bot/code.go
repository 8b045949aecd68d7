package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity/code"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// issueCode sends a one-time code. Here, and nowhere else, it is put together: it is in no document, journal or effect. A
// code in doubt is never sent again.
func (b *Bot) issueCode(ctx context.Context, r run) (fsm.EffectDone, bool) {
	i := r.effect.IssueCode
	// In doubt too: the text is what the provider is asked for.
	text := strings.ReplaceAll(i.Text, "{code}", b.Store.Code(i.Ref, code.Digits))
	return b.deliver(ctx, r, i.To, message.Message{Text: text}, fsm.Reply, "service", i.Epoch, i.Until)
}

// How many codes go to numbers that differ in their last four digits alone, and to all numbers: whoever pumps SMS asks for
// them by the block (SECURITY.md, attack 3). What one address gets is the step's to count.
const (
	codesPerPrefix = 20
	codesPerDay    = 10_000
)

// codeCaps bound codes across conversations.
func codeCaps(to message.Address) []store.Cap {
	caps := []store.Cap{{Name: "codes", Most: codesPerDay, Within: 24 * time.Hour}}
	if n := len(to.Value()) - 4; n > 0 && numbered(to) {
		caps = append(caps, store.Cap{Name: "codes/" + to.Kind() + to.Value()[:n], Most: codesPerPrefix, Within: time.Hour})
	}
	return caps
}

// mayCode says whether codes go to the countries that this contact's numbers are in; all of them must be allowed, for the
// step may choose any.
func (b *Bot) mayCode(c *fsm.Conversation) bool {
	if len(b.CodeCountries) == 0 {
		return true
	}
	for _, a := range c.Contact.Addresses {
		if !numbered(a.Address) {
			continue
		}
		n, err := phonenumbers.Parse(a.Address.Value(), "")
		if err != nil {
			return false
		}
		country := phonenumbers.GetRegionCodeForNumber(n)
		if country == "" { // a number that isn't given out: its prefix still says where it goes
			country = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
		}
		if !slices.Contains(b.CodeCountries, country) {
			return false
		}
	}
	return true
}

// numbered says whether an address is a telephone number.
func numbered(a message.Address) bool { return a.Kind() == "sms" || a.Kind() == "whatsapp" }

// suppress writes or lifts the suppression in the address records: what the gate of every conversation reads.
func (b *Bot) suppress(ctx context.Context, r run) (fsm.EffectDone, bool) {
	s := r.effect.Suppress
	if err := b.Store.Suppress(ctx, s.Addresses, s.Stopped); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("suppression is not written: it will be tried again")
		return fsm.EffectDone{Result: fsm.Retry}, true
	}
	return fsm.EffectDone{Result: fsm.OK}, true
}
