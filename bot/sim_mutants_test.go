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
	noEpoch     simMutant = "neither STOP nor a handoff voids anything at the gate"
	noWait      simMutant = "a commit counts before Redis has it"
	doubtIsNo   simMutant = "what may have been sent counts as not sent"
	keyEachTime simMutant = "a change has another key at each attempt"
)

// mutated changes a round trip as a mutant does; true: it never takes place, and whoever asks has their answer.
func (h simWire) mutated(cmds []redis.Cmder) bool {
	keys, args := simScript(cmds[0])
	c, ok := cmds[0].(*redis.Cmd)
	switch {
	case !ok:
	case h.p.w.mutant == noEpoch && isGate(keys, args):
		all := c.Args()
		all[len(all)-2] = ""
	case h.p.w.mutant == noWait && len(keys) == 6 && h.p.w.draw("no wait ", keys[0]).IntN(20) == 0:
		c.SetVal([]any{"ok", fmt.Sprint(h.p.w.now().UnixMilli())})
		return true
	}
	return false
}

// ungated lets everything pass that was asked at the gate.
func (h simWire) ungated(cmds []redis.Cmder) {
	if h.p.w.mutant != noGate || !isGate(simScript(cmds[0])) {
		return
	}
	if c, ok := cmds[0].(*redis.Cmd); ok {
		if v, err := c.Slice(); err == nil && v[0] != "ok" {
			h.p.w.fault("gate would have refused", "%v %s", v, simName(cmds[0]))
		}
	}
	for i, cmd := range cmds {
		if c, ok := cmd.(*redis.Cmd); ok && i == 0 {
			c.SetVal([]any{"ok", "9999999999999"})
		} else if ok {
			c.SetVal([]any{"0", "", "", []any{}, ""})
		}
	}
}
