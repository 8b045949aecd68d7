package bot_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Redis is full: it refuses writes, and scripts before their first one. What was committed is served on, what isn't is not
// acknowledged.
func TestRedisOutOfMemory(t *testing.T) {
	t.Parallel()
	o := newOrdeal(t, nil)
	o.during(func() {
		o.server.Configure(t, "maxmemory", "1")
		o.refuses()
		o.says("commit is not confirmed: reading what is there, then trying again")
		if proof() { // of somebody who is known it is tried for eight seconds
			o.provider.refuses(t, 4)
		}
		o.operatorSees(503, "OOM command not allowed", "webhook not committed: the provider is asked to come again", "probe fails")
		o.server.Configure(t, "maxmemory", "0")
	})
}

// Redis can't save, and refuses writes for that (stop-writes-on-bgsave-error). Once it can, it tries again by itself.
func TestRedisCannotSave(t *testing.T) {
	t.Parallel()
	o := newOrdeal(t, nil)
	o.during(func() {
		// What the snapshot would replace is a directory, and not empty: the save fails, whoever we are.
		target := filepath.Join(o.server.Dir(), "dump.rdb")
		if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil {
			t.Fatal(err)
		}
		o.server.Configure(t, "save", "1 1")
		o.info("rdb_last_bgsave_status:err")
		o.says("MISCONF")
		o.refuses()
		o.operatorSees(503, "commit is not confirmed: reading what is there, then trying again", "probe fails")
		if err := os.RemoveAll(target); err != nil {
			t.Fatal(err)
		}
		o.info("rdb_last_bgsave_status:ok")
	})
}

// info waits until Redis says all of this of itself.
func (o *ordeal) info(want ...string) {
	o.t.Helper()
	client := o.server.Client(o.t)
	for late := time.Now().Add(10 * time.Second); ; {
		said, err := client.Info(o.b.ctx(), "persistence").Result()
		if err == nil && containsAll(said, want) {
			return
		}
		if time.Now().After(late) {
			o.t.Fatalf("Redis doesn't say %q of itself: %v: %s", want, err, said)
		}
	}
}
