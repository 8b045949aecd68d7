package bot_test

import (
	"strings"
	"testing"
)

// Redis rewrites its append-only file again and again under traffic, and is killed in the middle of it.
func TestRedisRewritesItsFile(t *testing.T) {
	t.Parallel()
	times := 2
	if proof() {
		times = 20
	}
	o := newOrdeal(t, nil)
	o.during(func() {
		for i := range times {
			o.server.Configure(t, "rdb-key-save-delay", "0")
			o.rewrite("aof_rewrite_in_progress:0", "aof_last_bgrewrite_status:ok")
			o.server.Configure(t, "rdb-key-save-delay", "50000") // µs for each key, so that the next one takes long
			o.provider.takes(t, 5)
			o.rewrite("aof_rewrite_in_progress:1")
			o.provider.takes(t, 10) // events go on to be durable meanwhile
			o.info("aof_rewrite_in_progress:1")
			o.server.Kill()
			o.server.Start()
			o.recovers()
			t.Logf("rewritten and killed in the middle %d times", i+1)
		}
	})
	files, err := o.server.Log()
	if err != nil || len(files) == 0 || strings.HasSuffix(files[len(files)-1], ".1.incr.aof") {
		t.Errorf("append-only files %q (%v), want some that a rewrite has begun", files, err)
	}
}

// rewrite begins to rewrite the append-only file, and waits for Redis to say this of itself.
func (o *ordeal) rewrite(want ...string) {
	o.t.Helper()
	if err := o.server.Client(o.t).BgRewriteAOF(o.b.ctx()).Err(); err != nil {
		o.t.Fatal(err)
	}
	o.info(want...)
}

// The disk is full in the middle of a write. Redis ends: with appendfsync always it can't go on. Started again with room it
// cuts off the torn end of its file, and everything acknowledged is there.
func TestRedisDiskFull(t *testing.T) {
	t.Parallel()
	times := 2
	if proof() {
		times = 20
	}
	o := newOrdeal(t, nil)
	o.server.Fillable()
	o.during(func() {
		for i := range times {
			o.server.Fill(t, int64(500+i*777)) // bytes: it ends somewhere in an entry
			said, err := o.server.Died(o.b.ctx())
			if want := "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting"; err != nil || !strings.Contains(said, want) {
				t.Fatalf("redis-server has not ended with %q: %v: %s", want, err, said)
			}
			o.refuses()
			o.operatorSees(503, "webhook not committed: the provider is asked to come again", "probe fails")
			o.server.Start()
			o.recovers()
		}
	})
}
