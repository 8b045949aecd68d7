package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

func (b *bench) lockout(t *testing.T, s *store.Store, addresses ...message.Address) fsm.Lockout {
	t.Helper()
	l, err := s.Lockout(t.Context(), addresses...)
	if err != nil {
		t.Fatalf("Lockout: %v", err)
	}
	return l
}

func note(t *testing.T, s *store.Store, l fsm.Lockout, addresses ...message.Address) {
	t.Helper()
	if err := s.NoteLockout(t.Context(), addresses, l); err != nil {
		t.Fatalf("NoteLockout: %v", err)
	}
}

func TestLockoutOutlivesItsConversation(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		mail := message.Address("email:a@b.example")
		now := l.Now
		locked := fsm.Lockout{Wrong: []time.Time{now, now, now}, Codes: []time.Time{now}, InARow: 3}
		for range 2 { // done twice it is done once
			note(t, b.a, locked, phone, mail)
		}
		if err := b.raw.Del(t.Context(), b.key(l.Conversation.ID, "conversation")).Err(); err != nil {
			t.Fatal(err)
		}
		for _, a := range []message.Address{phone, mail} {
			if got := b.lockout(t, b.b, a); !cmp.Equal(got, locked) {
				t.Errorf("Lockout = %+v, want %+v", got, locked)
			}
		}
		reset := fsm.Lockout{Reset: now.Add(time.Second)}
		note(t, b.a, reset, mail)
		note(t, b.a, locked, mail) // late: a process was away
		if got := b.lockout(t, b.b, mail); got.InARow != 0 || len(got.Wrong) != 3 {
			t.Errorf("Lockout after a right code = %+v, want no wrong codes in a row, and the wrong facts", got)
		}
		if got := b.lockout(t, b.b, mail, phone, "sms:+27829999999"); got.InARow != 3 {
			t.Errorf("Lockout of several = %+v, want the strictest", got)
		}
		if got := b.lockout(t, b.b); !got.IsZero() {
			t.Errorf("Lockout of no address = %+v, want none", got)
		}
		b.pass(25 * time.Hour)
		note(t, b.a, fsm.Lockout{}, phone)
		if got := b.lockout(t, b.b, phone); len(got.Codes) != 0 || len(got.Wrong) != 3 {
			t.Errorf("Lockout a day later = %+v, want the codes out of their window, the wrong facts in theirs", got)
		}
		again, err := b.b.Create(t.Context(), phone)
		if err != nil || again.Conversation.Version != 0 {
			t.Errorf("Create = %+v, %v; want a conversation begun anew: what is noted is no owner", again.Conversation, err)
		}
	})
}

func TestLockoutsOfManyWritersAllCount(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		now := b.begin(t, phone).Now
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				l := fsm.Lockout{Wrong: []time.Time{now.Add(time.Duration(i) * time.Second)}}
				if err := []*store.Store{b.a, b.b}[i%2].NoteLockout(t.Context(), []message.Address{phone}, l); err != nil {
					t.Errorf("NoteLockout: %v", err)
				}
			})
		}
		wg.Wait()
		if got := b.lockout(t, b.a, phone); len(got.Wrong) != 8 || !slices.IsSortedFunc(got.Wrong, time.Time.Compare) {
			t.Errorf("Lockout = %+v, want all eight, in order", got)
		}
	})
}

// A has read the record; B writes it; A must not write over that.
func TestLateLockoutOverwritesNothing(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.begin(t, phone)
		b.answers.Meanwhile("eval", 1, func() { note(t, b.b, fsm.Lockout{InARow: 7}, phone) })
		note(t, b.a, fsm.Lockout{InARow: 2, Disabled: true}, phone)
		if got := b.lockout(t, b.a, phone); got.InARow != 7 || !got.Disabled {
			t.Errorf("Lockout = %+v, want 7 in a row and disabled", got)
		}
	})
}

func TestLockoutThatIsNoneIsCorrupt(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.begin(t, phone)
		note(t, b.a, fsm.Lockout{InARow: 1}, phone)
		for _, key := range b.raw.Keys(t.Context(), "settle:*:address:*").Val() {
			b.raw.HSet(t.Context(), key, "lockout", "hello")
		}
		if _, err := b.a.Lockout(t.Context(), phone); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("Lockout = %v, want ErrCorrupt", err)
		}
		if err := b.a.NoteLockout(t.Context(), []message.Address{phone}, fsm.Lockout{InARow: 1}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("NoteLockout = %v, want ErrCorrupt", err)
		}
	})
}
