package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

func gate(t *testing.T, s *store.Store, g store.GateRequest) store.GateAnswer {
	t.Helper()
	answer, err := s.Gate(t.Context(), g)
	if err != nil {
		t.Fatalf("Gate: %v", err)
	}
	return answer
}

// claimed makes a conversation with one claimed send, and what its runner asks the gate.
func (b *bench) claimed(t *testing.T) (store.Loaded, store.GateRequest) {
	t.Helper()
	l := b.begin(t, phone)
	e := send("E1", l.Now)
	committed(t, b.a, next(l, "twilio/SM1", wanting(e)), "a", e)
	return load(t, b.a, l.Conversation.ID), store.GateRequest{Conversation: l.Conversation.ID, Effect: "E1", Nonce: "a", Address: phone}
}

// A loads v1 and decides to send; B commits STOP and confirms; A asks the gate.
func TestStopBetweenLoadAndGate(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l, g := b.claimed(t)
		if got := gate(t, b.a, g); !got.Pass {
			t.Errorf("Gate before STOP = %+v, want pass", got)
		}
		confirmation := send("E2", l.Now)
		committed(t, b.b, next(l, "twilio/STOP", func(c *fsm.Conversation) {
			c.Epoch++
			c.Effects = append(c.Effects, confirmation)
		}), "b", confirmation)
		if got := gate(t, b.a, g); got.Pass || got.Why != store.WhyEpoch {
			t.Errorf("Gate after STOP = %+v, want %s", got, store.WhyEpoch)
		}
		for range 2 {
			if err := b.b.Suppress(t.Context(), []message.Address{phone}, true); err != nil {
				t.Fatal(err)
			}
		}
		g.Effect, g.Nonce, g.Epoch = "E2", "b", 1
		if got := gate(t, b.b, g); got.Pass || got.Why != store.WhySuppressed {
			t.Errorf("Gate to a suppressed address = %+v, want %s", got, store.WhySuppressed)
		}
		g.Confirmation = true
		if got := gate(t, b.b, g); !got.Pass {
			t.Errorf("Gate of the confirmation = %+v, want pass", got)
		}
		if l, err := b.a.LoadAddress(t.Context(), phone); err != nil || !l.Suppressed {
			t.Errorf("LoadAddress says suppressed %v, %v; want true", l.Suppressed, err)
		}
		if err := b.b.Suppress(t.Context(), []message.Address{phone}, false); err != nil {
			t.Fatal(err)
		}
		g.Confirmation = false
		if got := gate(t, b.b, g); !got.Pass {
			t.Errorf("Gate after START = %+v, want pass", got)
		}
	})
}

func TestGateShutToWhomeverLostItsClaim(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l, g := b.claimed(t)
		other := g
		other.Nonce = "b"
		if got := gate(t, b.a, other); got.Pass || got.Why != store.WhyClaim {
			t.Errorf("Gate under another nonce = %+v, want %s", got, store.WhyClaim)
		}
		writeback := g
		writeback.Address, writeback.Epoch = "", 99
		if got := gate(t, b.a, writeback); !got.Pass {
			t.Errorf("Gate of a writeback = %+v, want pass: only its claim counts", got)
		}
		b.pass(hold)
		if got := gate(t, b.a, g); got.Pass || got.Why != store.WhyClaim {
			t.Errorf("Gate past the claim's end = %+v, want %s", got, store.WhyClaim)
		}
		committed(t, b.b, next(l, "effect/E1/1/lapsed", func(c *fsm.Conversation) { c.Effects[0].Attempt = 2 }), "b")
		if got := gate(t, b.a, g); got.Pass || got.Why != store.WhyClaim {
			t.Errorf("Gate of an effect that went on = %+v, want %s", got, store.WhyClaim)
		}
		g.Conversation = l.Conversation.ID[:4] + "AAAAAAAAAAAAAAAAAAAAAAAAAA"
		if got := gate(t, b.a, g); got.Pass {
			t.Errorf("Gate of an unknown conversation = %+v, want shut", got)
		}
	})
}

func TestNoRedisNoSend(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	_, g := b.claimed(t)
	b.server.Kill()
	if got, err := b.a.Gate(t.Context(), g); err == nil || got.Pass {
		t.Errorf("Gate = %+v, %v; want an error", got, err)
	}
}

func TestFrozenRedisEndsWithTheContext(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	_, g := b.claimed(t)
	b.server.Pause()
	defer b.server.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := b.a.Gate(ctx, g); err == nil || time.Since(begun) > 2*time.Second {
		t.Errorf("Gate = %v after %v, want an error soon after the context's end", err, time.Since(begun))
	}
}

func TestRateIsReservedOnceForEachEffect(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		effects := []fsm.Effect{send("E1", l.Now), send("E2", l.Now), send("E3", l.Now)}
		committed(t, b.a, next(l, "twilio/SM1", wanting(effects...)), "a", effects...)
		ask := func(effect string) store.GateAnswer {
			return gate(t, b.b, store.GateRequest{Conversation: l.Conversation.ID, Effect: effect, Nonce: "a", Address: phone,
				Sender: "+27110001111", Rate: 0.25})
		}
		if got := ask("E1"); !got.Pass {
			t.Errorf("first = %+v, want pass", got)
		}
		second := ask("E2")
		if second.Pass || second.Why != store.WhyRate {
			t.Fatalf("second = %+v, want %s", second, store.WhyRate)
		}
		if wait := second.At.Sub(l.Now); wait < 4*time.Second || wait > 8*time.Second {
			t.Errorf("second is reserved %v on, want about 4 s", wait)
		}
		if again := ask("E2"); !again.At.Equal(second.At) {
			t.Errorf("asked again, second is reserved at %v, want the same %v", again.At, second.At)
		}
		if third := ask("E3"); third.At.Sub(second.At) != 4*time.Second {
			t.Errorf("third is reserved %v after the second, want 4 s: nobody else asked", third.At.Sub(second.At))
		}
		if got := ask("E1"); !got.Pass {
			t.Errorf("first again = %+v, want pass", got)
		}
		b.pass(8 * time.Second)
		if got := ask("E2"); !got.Pass {
			t.Errorf("second at its time = %+v, want pass", got)
		}
	})
}

func TestRateAllowsABurst(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l, g := b.claimed(t)
		g.Sender, g.Rate, g.Burst = "+27110001111", 0.01, 3
		passed := 0
		for _, id := range []string{"E1", "E2", "E3", "E4", "E5"} {
			if id != "E1" {
				e := send(id, l.Now)
				committed(t, b.a, next(load(t, b.a, l.Conversation.ID), id, wanting(e)), "a", e)
			}
			g.Effect = id
			if gate(t, b.a, g).Pass {
				passed++
			}
		}
		if passed != 3 {
			t.Errorf("%d passed at once, want the burst of 3", passed)
		}
	})
}

func TestCapIsReservedOnceForEachEffect(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		effects := []fsm.Effect{send("E1", l.Now), send("E2", l.Now)}
		committed(t, b.a, next(l, "twilio/SM1", wanting(effects...)), "a", effects...)
		ask := func(effect string) store.GateAnswer {
			return gate(t, b.b, store.GateRequest{Conversation: l.Conversation.ID, Effect: effect, Nonce: "a", Address: phone,
				Caps: []store.Cap{{Name: "account 7", Most: 1, Within: 10 * time.Second}}})
		}
		for range 2 {
			if got := ask("E1"); !got.Pass {
				t.Errorf("E1 = %+v, want pass", got)
			}
		}
		got := ask("E2")
		if got.Pass || got.Why != store.WhyCap || got.At.Sub(l.Now) < 10*time.Second {
			t.Errorf("E2 = %+v, want %s until the window has passed", got, store.WhyCap)
		}
		b.pass(11 * time.Second)
		if got := ask("E2"); !got.Pass {
			t.Errorf("E2 once the window has passed = %+v, want pass", got)
		}
	})
}

// A server that has forgotten its scripts (a restart, a failover) is told them again, in a pipeline too.
func TestForgottenScripts(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l, g := b.claimed(t)
		flush := func() {
			if err := b.raw.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		g.Sender, g.Rate = "+27110001111", 1
		flush()
		if got := gate(t, b.a, g); !got.Pass {
			t.Errorf("Gate = %+v, want pass", got)
		}
		flush()
		committed(t, b.a, next(load(t, b.a, l.Conversation.ID), "e", nil), "n")
		flush()
		due(t, b.a)
	})
}
