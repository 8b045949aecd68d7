package demo

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/settle-chat/settle/integrations"
)

func TestTemper(t *testing.T) {
	t.Parallel()
	var temper temper
	if got := temper.get(); got != Well {
		t.Errorf("a new one is %q, want well", got)
	}
	if temper.set("furious") || temper.set("") || temper.get() != Well {
		t.Errorf("a mood that there isn't is taken: %q", temper.get())
	}
	calls := func(key string) (before, after error) {
		return temper.before("core.x", key), temper.after("core.x", key)
	}
	if before, after := calls("k"); before != nil || after != nil {
		t.Errorf("well: %v, %v, want neither", before, after)
	}
	temper.set(Failing)
	before, after := calls("k")
	if retry := (integrations.Retry{}); !errors.As(before, &retry) || retry.After <= 0 || after != nil {
		t.Errorf("failing: %v, %v, want one that says when to come again, before anything is done", before, after)
	}
	temper.set(Ambiguous)
	for i, tc := range []struct {
		key  string
		lost bool
	}{{"one", true}, {"one", false}, {"two", true}, {"", false}, {"two", false}, {"one", false}} {
		if before, after := calls(tc.key); before != nil || (after != nil) != tc.lost {
			t.Errorf("call %d, key %q: %v, %v; want its answer lost: %t", i, tc.key, before, after, tc.lost)
		}
	}
}

// Slow is each call by itself: ten at once take as long as one, and the switch can be used meanwhile.
func TestSlowBlocksNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var temper temper
		temper.set(Slow)
		began := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { _ = temper.before("core.x", "k") })
		}
		synctest.Wait()
		if !temper.set(Well) || time.Since(began) != 0 {
			t.Errorf("the switch waited for %s, want not at all", time.Since(began))
		}
		all.Wait()
		if got := time.Since(began); got != slowBy {
			t.Errorf("ten calls at once took %s, want %s", got, slowBy)
		}
	})
}

func (b *bench) switches(m Mood) {
	b.t.Helper()
	if w := b.asks("POST", "/ledger/mood", url.Values{"mood": {string(m)}}); w.Code != http.StatusSeeOther {
		b.t.Fatalf("switch to %s: status %d, want 303", m, w.Code)
	}
}

// What happens to the promise in each mood: where answers are lost it is asked for again and made once; where nothing works it
// is made once it does.
func TestPromiseInEachMood(t *testing.T) {
	t.Parallel()
	for _, mood := range []Mood{Ambiguous, Failing} {
		t.Run(string(mood), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.tells(len(steps) - 1)
			b.switches(mood)
			b.tells(len(steps))
			if mood == Failing {
				if rows := b.rows("promises"); len(rows) != 0 {
					t.Errorf("failing: %d promises are in the ledger, want none", len(rows))
				}
				b.switches(Well)
			}
			b.later(5 * time.Minute)
			if rows := b.rows("promises"); len(rows) != 1 || rows[0]["amount"] != "1250.00" {
				t.Errorf("the ledger has %v, want one promise of 1250.00", rows)
			}
			in, err := b.insight(t.Context(), b.contact(hero))
			if err != nil || in.Case == nil || in.Case.Outcome != "promised" {
				t.Fatalf("the case = %+v, %v, want promised", in.Case, err)
			}
			want := map[Mood]string{Ambiguous: "done: unknown", Failing: "done: retry"}[mood]
			var did []string
			for _, e := range in.Journal {
				did = append(did, happened(e))
			}
			if !slices.Contains(did, want) {
				t.Errorf("the journal says\n%s\nwant %q: the switch did nothing", strings.Join(did, "\n"), want)
			}
		})
	}
}

func TestMoodForm(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, mood := range []string{"", "furious", "Well"} {
		if w := b.asks("POST", "/ledger/mood", url.Values{"mood": {mood}}); w.Code != http.StatusBadRequest {
			t.Errorf("mood %q: status %d, want 400", mood, w.Code)
		}
	}
}
