package bot_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// simProc is one process of the service: a bot with a client and a store of its own.
type simProc struct {
	w      *simWorld
	name   string
	bot    *bot.Bot
	client *redis.Client
	end    context.CancelFunc

	mu   sync.Mutex
	cut  map[simTrip]time.Time // guarded by mu; round trip -> when it was cut
	dead bool                  // guarded by mu: nothing that it does reaches anybody any more
	thaw time.Time             // guarded by mu: until then it does nothing at all
	ice  time.Time             // guarded by mu: when it was frozen last
}

var errSimDead = errors.New("this process is dead")

// start starts a process in a slot.
func (w *simWorld) start(slot, life int) {
	p := &simProc{w: w, name: fmt.Sprintf("p%d.%d", slot, life), client: w.dial(), cut: make(map[simTrip]time.Time)}
	p.client.AddHook(simWire{p})
	s, err := store.Open(w.life, w.options(p.client))
	for ; err != nil; s, err = store.Open(w.life, w.options(p.client)) {
		w.tell("%s doesn't start: %v", p.name, err)
		time.Sleep(between(w.draw("start ", p.name), time.Second, 3*time.Second)) // whoever supervises it tries again
	}
	systems := make(map[string]integrations.System)
	for _, name := range []string{"core", "psp", "crm"} {
		systems[name] = simSystem{p, name}
	}
	p.bot = bot.New(bot.Options{
		Store: s, Library: w.lib, Systems: systems, Rules: policy.DefaultRules(), Log: zerolog.Nop(),
		Channels: map[string]channels.Channel{"sms": simChannel{p, "sms"}, "whatsapp": simChannel{p, "whatsapp"}},
		Checks:   []identity.Check{knownfacts.Birth{}, knownfacts.Place{}},
	})
	p.bot.Sabotage(w.mutant == noDedupe, w.mutant == noClaims)
	ctx, cancel := context.WithCancel(w.life)
	p.end = cancel
	w.goes(func() { _ = p.bot.Run(ctx) })
	w.mu.Lock()
	w.procs[slot] = p
	w.mu.Unlock()
	w.tell("%s serves", p.name)
}

// crash ends a process at once: what it has on the wire may arrive, nothing else does.
func (p *simProc) crash() {
	p.mu.Lock()
	p.dead = true
	p.thaw = time.Time{}
	p.mu.Unlock()
	p.end() // its goroutines end as they may; nobody hears of them
}

// freeze stops a process for a while. Its clock goes on.
func (p *simProc) freeze(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ice, p.thaw = time.Now(), time.Now().Add(d)
}

func (p *simProc) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// hold lets nothing go on while the process is frozen. Who waits goes on at a moment of its own.
func (p *simProc) hold(what string) {
	for {
		p.mu.Lock()
		left := time.Until(p.thaw)
		p.mu.Unlock()
		if left <= 0 {
			return
		}
		time.Sleep(left + between(p.w.draw("thaw ", p.name, what), time.Microsecond, 3*time.Millisecond))
	}
}

// frozenSince says whether the process was frozen at or after a moment.
func (p *simProc) frozenSince(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.ice.IsZero() && p.thaw.After(t)
}
