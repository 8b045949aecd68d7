package bot

import (
	"slices"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// attempt is one commit that was sent: what it wanted to claim, under which name. Each wanted effect has a slot.
type attempt struct {
	nonce  string
	sent   time.Time
	wanted []fsm.Effect
	from   span // the commit
}

// wanted are the effects that this process will run at once if the commit is written: due heads of lanes that nobody has
// claimed, as many as there are free slots. A slot is taken before the commit, so that nothing is claimed that can't run.
func (b *Bot) wanted(c fsm.Conversation, loaded store.Loaded) (claim []fsm.Effect) {
	if b.CommitOnly || b.stopping() {
		return nil
	}
	for _, e := range c.Heads() {
		if e.Due.After(c.At) || b.held(loaded, e) || !b.slots.take(e) {
			continue
		}
		claim = append(claim, e)
	}
	return claim
}

// held says whether somebody runs an effect, or hasn't yet been found to have let it lapse.
func (b *Bot) held(loaded store.Loaded, e fsm.Effect) bool {
	c, claimed := loaded.Claims[e.ID]
	return claimed && c.Attempt == e.Attempt && !b.sabotage.claims
}

// adopt runs what earlier commits of ours had claimed, where their answers were lost: exactly the effects that are claimed
// under their nonces. Otherwise nobody would run them for 30 seconds, or two would.
func (b *Bot) adopt(loaded store.Loaded, lost []*attempt) {
	for _, a := range lost {
		a.wanted = slices.DeleteFunc(a.wanted, func(e fsm.Effect) bool {
			c, claimed := loaded.Claims[e.ID]
			now := loaded.Conversation.Effect(e.ID)
			if !claimed || c.Nonce != a.nonce || now == nil || now.Attempt != c.Attempt || c.Lapsed(loaded.Now) {
				return false
			}
			b.Point("adopted")
			b.start(a.from, loaded.Conversation, *now, c, loaded.Now, a.sent)
			return true
		})
	}
}

// abandon ends the attempts that nothing came of. What they may have claimed, or may claim yet, is given up.
func (b *Bot) abandon(conversation string, lost []*attempt) {
	var claims []unsure
	for _, a := range lost {
		for _, e := range a.wanted {
			claims = append(claims, unsure{e.ID, a.nonce})
		}
	}
	b.forget(lost)
	b.renounce(conversation, claims)
}

// forget gives back the slots of effects that were not claimed, or of which we don't know it.
func (b *Bot) forget(attempts []*attempt) {
	for _, a := range attempts {
		for _, e := range a.wanted {
			b.slots.give(e)
		}
		a.wanted = nil
	}
}
