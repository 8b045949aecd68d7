package bot_test

import (
	"fmt"

	"github.com/redis/go-redis/v9"
)

// simMutant takes one guarantee away, so that the simulation can show that it would notice.
type simMutant string

const (
	noDedupe    simMutant = "events from outside are not remembered"
	noClaims    simMutant = "whoever finds an effect runs it"
	noGate      simMutant = "nobody is asked before a call"
	noEpoch     simMutant = "STOP voids nothing at the gate"
	noWait      simMutant = "a commit counts before Redis has it"
	doubtIsNo   simMutant = "what may have been sent counts as not sent"
	keyEachTime simMutant = "a change has another key at each attempt"
)

// mutated changes a round trip as a mutant does; true: it never takes place, and whoever asks has their answer.
func (h simWire) mutated(cmds []redis.Cmder) bool {
	keys, args := simScript(cmds[0])
	gate := len(keys) == 1 && len(args) == 4
	c, ok := cmds[0].(*redis.Cmd)
	if !ok {
		return false
	}
	switch h.p.w.mutant {
	case noGate:
		if !gate {
			return false
		}
		h.arrived(cmds, nil) // it would have been asked now
		c.SetVal([]any{"ok", "9999999999999"})
		for _, other := range cmds[1:] {
			if o, ok := other.(*redis.Cmd); ok {
				o.SetVal([]any{"0", "", "", []any{}, ""})
			}
		}
		return true
	case noEpoch:
		if gate {
			all := c.Args()
			all[len(all)-2] = ""
		}
	case noWait:
		if len(keys) == 6 && args[12] != "0" && h.p.w.draw("no wait ", keys[0]).IntN(20) == 0 {
			claims := []any{"ok", fmt.Sprint(h.p.w.now().UnixMilli())}
			c.SetVal(claims)
			return true
		}
	}
	return false
}
