package fsm

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/settle-chat/settle/message"
)

func TestLockoutNoted(t *testing.T) {
	t.Parallel()
	at := func(hours int) time.Time { return walkTime.Add(-time.Duration(hours) * time.Hour) }
	for name, tt := range map[string]struct{ record, counts, want Lockout }{
		"nothing over nothing": {},
		"counts over nothing":  {counts: Lockout{Wrong: []time.Time{at(1)}, InARow: 2}, want: Lockout{Wrong: []time.Time{at(1)}, InARow: 2}},
		"an older state lowers nothing": {
			record: Lockout{Wrong: []time.Time{at(2), at(1)}, InARow: 7, Disabled: true}, counts: Lockout{Wrong: []time.Time{at(2)}, InARow: 6},
			want: Lockout{Wrong: []time.Time{at(2), at(1)}, InARow: 7, Disabled: true},
		},
		"three of one moment are three, however often they come": {
			record: Lockout{Wrong: []time.Time{at(1), at(1), at(1)}}, counts: Lockout{Wrong: []time.Time{at(1), at(1), at(1)}},
			want: Lockout{Wrong: []time.Time{at(1), at(1), at(1)}},
		},
		"a right code ends the row":           {record: Lockout{InARow: 7}, counts: Lockout{Reset: at(1)}, want: Lockout{Reset: at(1)}},
		"a row from before that is over":      {record: Lockout{Reset: at(1)}, counts: Lockout{InARow: 7}, want: Lockout{Reset: at(1)}},
		"a row since then isn't":              {record: Lockout{Reset: at(1), InARow: 2}, counts: Lockout{Reset: at(1)}, want: Lockout{Reset: at(1), InARow: 2}},
		"a right code doesn't enable":         {record: Lockout{Disabled: true}, counts: Lockout{Reset: at(1)}, want: Lockout{Reset: at(1), Disabled: true}},
		"what is out of its window is gone":   {record: Lockout{Wrong: []time.Time{at(721), at(3)}, Codes: []time.Time{at(25)}}, want: Lockout{Wrong: []time.Time{at(3)}}},
		"codes of two, in order, each counts": {record: Lockout{Codes: []time.Time{at(1)}}, counts: Lockout{Codes: []time.Time{at(2)}}, want: Lockout{Codes: []time.Time{at(2), at(1)}}},
	} {
		if got := tt.record.Noted(tt.counts, walkTime); !cmp.Equal(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

// Whoever writes first, late or twice: the record is the same in the end.
func TestLockoutNotedInAnyOrder(t *testing.T) {
	t.Parallel()
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return walkTime.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "minutes")) * time.Minute)
	})
	lockout := rapid.Custom(func(t *rapid.T) Lockout {
		sorted := func(name string) []time.Time {
			return slices.SortedFunc(slices.Values(rapid.SliceOfN(moment, 0, 4).Draw(t, name)), time.Time.Compare)
		}
		return Lockout{
			Wrong: sorted("wrong"), Codes: sorted("codes"), InARow: rapid.IntRange(0, 3).Draw(t, "in a row"),
			Reset: moment.Draw(t, "reset"), Disabled: rapid.Bool().Draw(t, "disabled"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := lockout.Draw(t, "a"), lockout.Draw(t, "b")
		one, two := Lockout{}.Noted(a, walkTime).Noted(b, walkTime), Lockout{}.Noted(b, walkTime).Noted(a, walkTime)
		if !cmp.Equal(one, two) {
			t.Errorf("a, b gives %+v, and b, a gives %+v", one, two)
		}
		if again := one.Noted(a, walkTime).Noted(one, walkTime); !cmp.Equal(again, one) {
			t.Errorf("written again it is %+v, want %+v", again, one)
		}
	})
}

// A commit that changes what is counted, and one that brings an address, says so to the records of all addresses.
func TestStepNotesLockouts(t *testing.T) {
	t.Parallel()
	noted := func(t *testing.T, k *talk) NoteLockout {
		t.Helper()
		e := k.pending("note-lockout")
		if e == nil {
			t.Fatalf("nothing is to be noted\n%s", k.trail())
		}
		return *e.NoteLockout
	}
	scenes(t, map[string]func(*testing.T, *talk){
		"a wrong fact": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.says("1/1 2196")
			want := NoteLockout{Addresses: []message.Address{walkPhone}, Lockout: Lockout{Wrong: []time.Time{k.now}}}
			if got := noted(t, k); !cmp.Equal(got, want) {
				t.Errorf("noted %+v, want %+v", got, want)
			}
			k.result("note-lockout", EffectDone{Result: Retry})
			k.result("note-lockout", EffectDone{Result: OK})
			if k.pending("note-lockout") != nil {
				t.Error("it is still to be done")
			}
		},
		"nothing, where nothing went wrong": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.says("14/3 2196")
			k.from = walkChat
			k.says("MENU")
			if e := k.pending("note-lockout"); e != nil {
				t.Errorf("noted %+v, want nothing", e.NoteLockout)
			}
		},
		"one that waits takes the newer counts": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.says("1/1 2196")
			k.says("1/1 2196")
			k.says("1/1 2196")
			var all []int
			for _, e := range k.c.Effects {
				if e.NoteLockout != nil {
					all = append(all, len(e.NoteLockout.Lockout.Wrong))
				}
			}
			if !slices.Equal(all, []int{1, 3}) {
				t.Errorf("notes of %v wrong facts wait, want 1 and 3", all)
			}
		},
		"an address that comes later": func(t *testing.T, k *talk) {
			k.answers("continue", "1/1 2196")
			k.from = walkChat
			k.says("hello?")
			if got := noted(t, k).Addresses; !slices.Equal(got, []message.Address{walkPhone, walkChat}) {
				t.Errorf("noted at %v, want both addresses", got)
			}
		},
		"what a record brings holds here, once": func(t *testing.T, k *talk) {
			brought := Lockout{Wrong: []time.Time{k.now, k.now, k.now}, InARow: 4}
			for range 2 {
				e := k.message("continue")
				e.Lockout = &brought
				k.do(e)
				k.settle()
			}
			k.says("14/3 2196")
			k.in("hello")
			if !cmp.Equal(k.c.Lockout, brought) {
				t.Errorf("counted %+v, want %+v", k.c.Lockout, brought)
			}
			replayed, err := Replay(k.lib, k.start, k.journal)
			if err != nil || !cmp.Equal(replayed.Lockout, brought) {
				t.Errorf("replay counts %+v, %v; want %+v", replayed.Lockout, err, brought)
			}
		},
	})
	t.Run("a right code, and codes sent", func(t *testing.T) {
		t.Parallel()
		k := coded(t)
		k.answers("14/3 wrong-code")
		k.says("14/3 right-code")
		k.in("menu")
		if got := noted(t, k).Lockout; got.InARow != 0 || !got.Reset.Equal(k.now) || len(got.Codes) != 1 {
			t.Errorf("noted %+v, want one code sent, none wrong in a row, and since when", got)
		}
	})
	t.Run("another conversation's", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		state, err := json.Marshal(Conversation{ID: "c-2", Lockout: Lockout{Disabled: true}, Contact: Contact{Addresses: []Reachable{{Address: walkChat}}}})
		if err != nil {
			t.Fatal(err)
		}
		k.do(Event{Absorbed: &ConversationAbsorbed{From: "c-2", State: state}})
		if got := noted(t, k); !got.Lockout.Disabled || !slices.Contains(got.Addresses, walkChat) || !slices.Contains(got.Addresses, walkPhone) {
			t.Errorf("noted %+v, want disabled at both addresses", got)
		}
	})
}
