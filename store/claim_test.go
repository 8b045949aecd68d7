package store_test

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// A commits v1 with a send that it runs; a receipt commits v2 at B, where the send looks due; nobody may send it again.
func TestReceiptCommittedAtBDoesNotRunASendClaimedByA(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, e := l.Conversation.ID, send("E1", l.Now)
		first := committed(t, b.a, next(l, "twilio/SM1", wanting(e)), "a", e)
		if first.Claims["E1"].Nonce != "a" || first.Claims["E1"].Until.Sub(first.Now) != hold {
			t.Fatalf("A's claims = %+v, want E1 for %v", first.Claims, hold)
		}
		second := committed(t, b.b, next(load(t, b.b, id), "twilio/SM1/read", nil), "b", e)
		if len(second.Claims) != 0 {
			t.Errorf("B was granted %v, want nothing: A runs it", second.Claims)
		}
		if at := b.score(t, id); !at.Equal(first.Claims["E1"].Until) {
			t.Errorf("wakes at %v, want the end of A's claim %v", at, first.Claims["E1"].Until)
		}
		if n := due(t, b.b); n != 0 {
			t.Errorf("%d due, want 0", n)
		}
		now := load(t, b.b, id)
		if c, ok, err := b.b.Claim(t.Context(), id, now.Conversation.Version, e, "b2", hold); ok || err != nil || c.Nonce != "a" {
			t.Errorf("Claim at B = %+v, %v, %v; want refused, with A's claim", c, ok, err)
		}
	})
}

// B loads; A claims, which moves no version; B commits and wants the same effect.
func TestClaimBetweenLoadAndCommitStands(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, e := l.Conversation.ID, send("E1", l.Now)
		committed(t, b.a, next(l, "twilio/SM1", wanting(e)), "n") // no slot free: unclaimed
		if at := b.score(t, id); at.After(l.Now) {
			t.Errorf("wakes at %v, want at once: nobody runs it", at)
		}
		loaded := load(t, b.b, id)
		if _, ok, err := b.a.Claim(t.Context(), id, 1, e, "a", hold); !ok || err != nil {
			t.Fatalf("Claim = %v, %v; want granted", ok, err)
		}
		if done := committed(t, b.b, next(loaded, "twilio/SM2", nil), "b", e); len(done.Claims) != 0 {
			t.Errorf("B was granted %v, want nothing", done.Claims)
		}
		if got := load(t, b.b, id).Claims["E1"]; got.Nonce != "a" {
			t.Errorf("claim = %+v, want A's", got)
		}
	})
}

func TestLapsedClaimIsAnEventFirstAndThenTheNextAttempt(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, e := l.Conversation.ID, send("E1", l.Now)
		committed(t, b.a, next(l, "twilio/SM1", wanting(e)), "a", e)
		if c := load(t, b.b, id).Claims["E1"]; c.Lapsed(load(t, b.b, id).Now) {
			t.Errorf("claim %+v has lapsed at once", c)
		}
		b.pass(hold + time.Second)
		if n := due(t, b.b); n != 1 {
			t.Errorf("%d due once the claim has lapsed, want 1", n)
		}
		now := load(t, b.b, id)
		if !now.Claims["E1"].Lapsed(now.Now) {
			t.Fatalf("claim %+v at %v, want lapsed", now.Claims["E1"], now.Now)
		}
		if c, ok, err := b.b.Claim(t.Context(), id, 1, e, "b", hold); ok || err != nil || c.Nonce != "a" {
			t.Errorf("Claim = %+v, %v, %v; want refused: the lapse must be stepped first", c, ok, err)
		}
		if c, ok, err := b.a.Claim(t.Context(), id, 1, e, "a", hold); ok || err != nil {
			t.Errorf("Claim by its own nonce = %+v, %v, %v; want refused: it came too late", c, ok, err)
		}
		// Another commit, which knows nothing of the lapse, must not make the effect look free.
		other := committed(t, b.b, next(now, "twilio/SM2", nil), "b1", e)
		if len(other.Claims) != 0 {
			t.Errorf("a commit that took no notice was granted %v, want nothing", other.Claims)
		}
		e.Attempt = 2
		done := committed(t, b.b, next(load(t, b.b, id), "effect/E1/1/lapsed", func(c *fsm.Conversation) { c.Effects[0].Attempt = 2 }), "b2", e)
		if got := done.Claims["E1"]; got.Nonce != "b2" || got.Attempt != 2 {
			t.Errorf("claim = %+v, want attempt 2 under b2", got)
		}
	})
}

func TestRemovedEffectTakesItsClaimAlong(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, head, behind := l.Conversation.ID, send("E1", l.Now, "sms"), send("E2", l.Now, "sms")
		done := committed(t, b.a, next(l, "twilio/SM1", wanting(head, behind)), "a", head, behind)
		if len(done.Claims) != 1 || done.Claims["E1"].Nonce != "a" {
			t.Errorf("granted %v, want E1 alone: E2 is behind it in its lane", done.Claims)
		}
		if _, ok, err := b.b.Claim(t.Context(), id, 1, behind, "b", hold); ok || err != nil {
			t.Errorf("Claim of what is behind = %v, %v; want refused", ok, err)
		}
		done = committed(t, b.a, next(load(t, b.a, id), "effect/E1/1/ok", func(c *fsm.Conversation) { c.Effects = c.Effects[1:] }), "a2", behind)
		if len(done.Claims) != 1 || done.Claims["E2"].Nonce != "a2" {
			t.Errorf("granted %v, want E2", done.Claims)
		}
		if claims := load(t, b.a, id).Claims; len(claims) != 1 {
			t.Errorf("claims = %v, want E2's alone", claims)
		}
	})
}

func TestClaim(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, e, later := l.Conversation.ID, send("E1", l.Now), send("E2", l.Now.Add(time.Hour))
		committed(t, b.a, next(l, "twilio/SM1", wanting(e, later)), "n")
		second := e
		second.Attempt = 2
		for _, tc := range []struct {
			name    string
			version uint64
			effect  fsm.Effect
			nonce   string
			want    bool
		}{
			{"of an older version", 0, e, "a", false},
			{"of a newer version", 2, e, "a", false},
			{"of another attempt", 1, second, "a", false},
			{"of an unknown effect", 1, send("E9", l.Now), "a", false},
			{"before it is due", 1, later, "a", false},
			{"of a due effect", 1, e, "a", true},
			{"again, the answer was lost", 1, e, "a", true},
			{"of a claimed effect", 1, e, "b", false},
		} {
			c, ok, err := b.a.Claim(t.Context(), id, tc.version, tc.effect, tc.nonce, hold)
			if err != nil || ok != tc.want {
				t.Errorf("Claim %s = %+v, %v, %v; want %v", tc.name, c, ok, err, tc.want)
			}
		}
		if at, want := b.score(t, id), load(t, b.a, id).Claims["E1"].Until; !at.Equal(want) {
			t.Errorf("wakes at %v, want the claim's end %v", at, want)
		}
	})
}

func TestOf32ClaimsOneIsGranted(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		e := send("E1", l.Now)
		committed(t, b.a, next(l, "twilio/SM1", wanting(e)), "n")
		granted := make(chan bool, 32)
		for i := range 32 {
			s := []*store.Store{b.a, b.b}[i%2]
			go func() {
				_, ok, err := s.Claim(t.Context(), l.Conversation.ID, 1, e, store.Nonce(), hold)
				granted <- ok && err == nil
			}()
		}
		n := 0
		for range 32 {
			if <-granted {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d of 32 claims granted, want 1", n)
		}
	})
}

func TestUnclaimOnlyOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, e := l.Conversation.ID, send("E1", l.Now)
		timer := l.Now.Add(time.Minute)
		done := committed(t, b.a, next(l, "twilio/SM1", func(c *fsm.Conversation) {
			c.Effects = []fsm.Effect{e}
			c.Timers = []fsm.Timer{{Name: "silence#1", Due: timer}}
		}), "a", e)
		unclaim := func(nonce string, at time.Time) {
			t.Helper()
			if err := b.b.Unclaim(t.Context(), id, "E1", nonce, at); err != nil {
				t.Fatalf("Unclaim: %v", err)
			}
		}
		unclaim("b", time.Time{})
		if at := b.score(t, id); !at.Equal(done.Claims["E1"].Until) || len(load(t, b.a, id).Claims) != 1 {
			t.Errorf("after another's Unclaim it wakes at %v, want %v and A's claim there", at, done.Claims["E1"].Until)
		}
		unclaim("a", l.Now.Add(time.Hour)) // a rate has reserved that time
		if at := b.score(t, id); !at.Equal(timer) {
			t.Errorf("wakes at %v, want the timer's %v: it comes before the reserved time", at, timer)
		}
		if _, ok, err := b.a.Claim(t.Context(), id, 1, e, "c", hold); ok || err != nil {
			t.Errorf("Claim before the reserved time = %v, %v; want refused", ok, err)
		}
		b.pass(time.Hour)
		if _, ok, err := b.a.Claim(t.Context(), id, 1, e, "c", hold); !ok || err != nil {
			t.Errorf("Claim at the reserved time = %v, %v; want granted", ok, err)
		}
		unclaim("a", time.Time{}) // of a claim that is long gone: changes nothing
		if got := load(t, b.a, id).Claims["E1"].Nonce; got != "c" {
			t.Errorf("claim's nonce = %q, want c", got)
		}
	})
}

func TestDueIsGivenToOneWorker(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		committed(t, b.a, next(l, "twilio/SM1", wanting(send("E1", l.Now))), "n")
		if n := due(t, b.a); n != 1 {
			t.Fatalf("A got %d, want 1", n)
		}
		if n := due(t, b.b); n != 0 {
			t.Errorf("B got %d, want 0: A has it", n)
		}
		b.pass(6 * time.Second)
		if n := due(t, b.b); n != 1 {
			t.Errorf("B got %d after A has died, want 1", n)
		}
		if n, err := b.b.Due(t.Context(), []int{256}, 1); err == nil {
			t.Errorf("Due of partition 256 = %v, want an error", n)
		}
	})
}

// A takes what is due and finds nothing to do; meanwhile B commits a new wake time; A's late word must not change it.
func TestRescheduleNeverOverwritesANewerWakeTime(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id := l.Conversation.ID
		timed := func(at time.Time) func(c *fsm.Conversation) {
			return func(c *fsm.Conversation) { c.Timers = []fsm.Timer{{Name: "wait#1", Due: at}} }
		}
		committed(t, b.a, next(l, "twilio/SM1", timed(l.Now)), "n")
		if n := due(t, b.a); n != 1 {
			t.Fatalf("%d due, want 1", n)
		}
		if at := b.score(t, id); !at.After(l.Now.Add(4 * time.Second)) {
			t.Errorf("leased until %v, want some 5 s on", at)
		}
		want := l.Now.Add(time.Second)
		committed(t, b.b, next(load(t, b.b, id), "twilio/SM2", timed(want)), "n2")
		if err := b.a.Reschedule(t.Context(), id); err != nil {
			t.Fatalf("Reschedule: %v", err)
		}
		if at := b.score(t, id); !at.Equal(want) {
			t.Errorf("wakes at %v, want B's %v", at, want)
		}
		b.pass(2 * time.Second)
		due(t, b.a)
		if err := b.a.Reschedule(t.Context(), id); err != nil || !b.score(t, id).Equal(want) {
			t.Errorf("after Reschedule it wakes at %v (%v), want its true time %v", b.score(t, id), err, want)
		}
	})
}
