package bot_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// simWire is what lies between a process and Redis: it takes time, and it breaks.
type simWire struct{ p *simProc }

var errSimCut = fmt.Errorf("connection cut: %w", io.ErrUnexpectedEOF)

func (h simWire) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h simWire) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := h.cross(ctx, simName(cmd), []redis.Cmder{cmd}, func(ctx context.Context) error { return next(ctx, cmd) })
		cmd.SetErr(err)
		return err
	}
}

func (h simWire) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := h.cross(ctx, "pipe "+simName(cmds[0]), cmds, func(ctx context.Context) error {
			rest := h.idle(cmds)
			if len(rest) == 0 {
				return nil
			}
			return next(ctx, rest)
		})
		if err != nil {
			for _, c := range cmds {
				if c.Err() == nil {
					c.SetErr(err)
				}
			}
		}
		return err
	}
}

// cross is one round trip. What has left the process may arrive whatever becomes of it.
func (h simWire) cross(ctx context.Context, name string, cmds []redis.Cmder, arrive func(context.Context) error) (err error) {
	defer func() {
		if err == errSimCut { //nolint:errorlint // our own, unwrapped
			h.p.failed(ctx, name)
		}
	}()
	p, w := h.p, h.p.w
	p.settle(ctx, name)
	p.hold(name)
	if p.isDead() {
		return errSimDead
	}
	if h.mutated(cmds) {
		return nil
	}
	r := w.draw("wire ", p.name, name)
	there, back, fate := simTravel(r), simTravel(r), r.IntN(1000)
	w.mu.Lock()
	calm, away := w.calm, w.away.After(time.Now())
	w.mu.Unlock()
	switch {
	case away:
		return errSimCut
	case calm:
		fate = 1000
	}
	arrives := func() error {
		err := arrive(context.WithoutCancel(ctx))
		h.arrived(cmds, err)
		h.ungated(cmds)
		return err
	}
	switch {
	case fate < 12:
		w.fault("cut before the request", "%s %s", p.name, name)
		time.Sleep(there)
		return errSimCut
	case fate < 20 && len(cmds) == 1:
		late := between(r, 50*time.Millisecond, 12*time.Second)
		w.fault("request late, its connection cut", "%s %s, by %s", p.name, name, late)
		again := redis.NewCmd(w.life, cmds[0].Args()...)
		w.goes(func() {
			time.Sleep(late)
			_ = w.raw.Process(w.life, again)
			h.arrived([]redis.Cmder{again}, again.Err())
		})
		time.Sleep(there)
		return errSimCut
	case fate < 45:
		there += between(r, 50*time.Millisecond, 2*time.Second)
		w.fault("request delayed", "%s %s", p.name, name)
	case fate < 60:
		back += between(r, 50*time.Millisecond, 2*time.Second)
		w.fault("answer delayed", "%s %s", p.name, name)
	}
	left := sleepFor(ctx, there)
	if (p.isDead() || !left) && r.IntN(2) == 0 {
		return errSimDead
	}
	err = arrives()
	switch {
	case !left:
		return ctx.Err()
	case fate >= 60 && fate < 85:
		w.fault("cut before the answer", "%s %s", p.name, name)
		time.Sleep(back)
		return errSimCut
	case !sleepFor(ctx, back):
		return ctx.Err()
	}
	p.hold(name)
	if p.isDead() {
		return errSimDead
	}
	return err
}

// simTrip is one round trip, however often it is tried.
type simTrip struct {
	ctx  context.Context
	name string
}

// failed and settle hide the store's own jitter, which no seed reaches: what is asked again right after a connection was cut
// is asked a fixed time after it.
func (p *simProc) failed(ctx context.Context, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut[simTrip{ctx, name}] = time.Now()
}

func (p *simProc) settle(ctx context.Context, name string) {
	const longest = 21 * time.Millisecond // the store waits no longer
	p.mu.Lock()
	at, was := p.cut[simTrip{ctx, name}]
	delete(p.cut, simTrip{ctx, name})
	p.mu.Unlock()
	if since := time.Since(at); was && since < longest {
		time.Sleep(longest - since)
	}
}

// simTravel is how long it takes to Redis: a millisecond or two, and now and then so long that others come in between.
func simTravel(r *rand.Rand) time.Duration {
	if r.IntN(7) == 0 {
		return between(r, 5*time.Millisecond, 300*time.Millisecond)
	}
	return between(r, 100*time.Microsecond, 4*time.Millisecond)
}

// sleepFor sleeps; false: ctx ended before.
func sleepFor(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// script is a script's keys and arguments, as texts; nil where the command is none.
func simScript(cmd redis.Cmder) (keys, args []string) {
	all := cmd.Args()
	if n := cmd.Name(); n != "evalsha" && n != "eval" {
		return nil, nil
	}
	n, err := strconv.Atoi(fmt.Sprint(all[2]))
	if err != nil {
		return nil, nil
	}
	for i, a := range all[3:] {
		text, ok := a.(string)
		if !ok {
			text = fmt.Sprint(a)
		}
		if i < n {
			keys = append(keys, text)
		} else {
			args = append(args, text)
		}
	}
	return keys, args
}

// isGate tells gate.lua by its shape.
func isGate(keys, args []string) bool { return len(keys) == 1 && len(args) == 4 }

// simName names a command by what it is about: its script, its keys, and the effect that it asks for. Nothing random is in it.
func simName(cmd redis.Cmder) string {
	keys, args := simScript(cmd)
	if keys == nil {
		return fmt.Sprint(cmd.Args()[:min(2, len(cmd.Args()))]...)
	}
	name := strings.Join(keys[:min(2, len(keys))], " ")
	if strings.HasSuffix(keys[0], ":due") {
		return "due"
	}
	switch n := [2]int{len(keys), len(args)}; {
	case isGate(keys, args):
		name = "gate " + name + " " + args[0]
	case n == [2]int{2, 7}:
		name = "claim " + name + " " + args[2]
	case n == [2]int{2, 4}:
		name = "unclaim " + name + " " + args[1]
	case n == [2]int{2, 6}:
		name = "receipt " + name + " " + args[0]
	case len(keys) == 6:
		name = "commit " + name
	}
	return name
}

// arrived notes what Redis has done, when it did it.
func (h simWire) arrived(cmds []redis.Cmder, err error) {
	w := h.p.w
	keys, args := simScript(cmds[0])
	if len(keys) == 1 && len(args) == 1 && err == nil { // a conversation begins: a journal is replayed from here
		if i := strings.LastIndex(keys[0], ":"); i >= 0 {
			if l, err := w.look.Load(w.life, keys[0][i+1:]); err == nil && l.Conversation.Version == 0 {
				w.mu.Lock()
				w.starts[l.Conversation.ID] = l.Conversation
				w.mu.Unlock()
			}
		}
	}
	clock := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case isGate(keys, args):
		w.gated[args[0]] = simPass{time.Now(), clock}
	case len(keys) == 6 && err == nil:
		if c, ok := cmds[0].(*redis.Cmd); ok {
			if answer, _ := c.Slice(); len(answer) > 0 && answer[0] == "ok" {
				w.commits[args[0]+"/"+args[2]] = time.Now()
			}
		}
	}
}

// idle answers for partitions in which nothing is due, without the trouble of a script each; it returns what is left to ask.
func (h simWire) idle(cmds []redis.Cmder) []redis.Cmder {
	var rest []redis.Cmder
	now := float64(h.p.w.now().UnixMilli())
	for _, cmd := range cmds {
		c, ok := cmd.(*redis.Cmd)
		var key string
		if args := cmd.Args(); ok && len(args) == 7 {
			key, _ = args[3].(string)
		}
		if !strings.HasSuffix(key, ":due") {
			rest = append(rest, cmd)
			continue
		}
		due := false
		if h.p.w.server.Exists(key) {
			scores, _ := h.p.w.server.SortedSet(key)
			for _, at := range scores {
				due = due || at <= now
			}
		}
		if due {
			rest = append(rest, cmd)
			continue
		}
		c.SetErr(nil)
		c.SetVal([]any{})
	}
	return rest
}
