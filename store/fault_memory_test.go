package store_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// Redis runs full, before a commit and in the middle of one: the limit is moved about what is in use, again and again. A
// commit is written whole or refused whole, and what is stored of a conversation is always of one version.
//
// Redis refuses a script at its first write that may need memory, by what was in use when it began, and never after it has
// written: so a commit that passes the limit in its middle goes on beyond it, and is whole.
func TestOutOfMemoryInMidCommit(t *testing.T) {
	t.Parallel()
	rounds := 1
	if os.Getenv("SETTLE_PROOF") == "1" {
		rounds = 25
	}
	for range rounds {
		moveLimit(t)
	}
}

// moveLimit makes 400 commits on a server of their own.
func moveLimit(t *testing.T) {
	b := onRedis(t)
	defer b.server.Kill()
	conversations := make([]string, 20)
	for i := range conversations {
		conversations[i] = b.begin(t, message.Address("sms:+2782123"+strconv.Itoa(1000+i))).Conversation.ID
	}
	var written, refused, beyond int
	for range 400 {
		id := conversations[rand.N(len(conversations))]
		l := load(t, b.a, id)
		c, claim := telling(l, rand.N(20_000))
		most := b.used(t) + rand.Int64N(70_000) - 30_000
		if err := b.raw.ConfigSet(t.Context(), "maxmemory", strconv.FormatInt(most, 10)).Err(); err != nil {
			t.Fatal(err)
		}
		done, err := b.a.Commit(t.Context(), c, claim, store.Nonce(), hold)
		after := b.used(t)
		want := l.Conversation.Version
		switch {
		case err == nil && !done.Conflict:
			written++
			want++
			if after > most {
				beyond++
			}
		case err != nil && strings.Contains(err.Error(), "OOM command not allowed"):
			refused++
		default:
			t.Fatalf("Commit = %+v, %v; want it written, or refused for memory", done, err)
		}
		if got := b.agrees(t, b.b, id); got != want {
			t.Fatalf("version %d is stored, want %d: the answer was %v", got, want, err)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if written == 0 || refused == 0 || beyond == 0 {
		t.Errorf("%d written, %d refused, %d passed the limit in their middle; want some of each: the test shows nothing", written, refused, beyond)
	}
	t.Logf("%d written, %d refused, %d of them passed the limit in their middle", written, refused, beyond)
}

// used is how much memory Redis uses.
func (b *bench) used(t *testing.T) int64 {
	t.Helper()
	info, err := b.raw.Info(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(info, "used_memory:")
	digits, _, _ := strings.Cut(rest, "\r")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		t.Fatalf("read used_memory: %v", err)
	}
	return n
}
