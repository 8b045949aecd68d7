package bot_test

import (
	"testing"
	"time"
)

// Redis stands still for two seconds at a time: asleep in a command, then frozen. Webhooks are late, none is refused, and
// nothing is sent twice.
func TestRedisStalls(t *testing.T) {
	t.Parallel()
	o := newOrdeal(t, nil)
	o.server.Restart("--enable-debug-command", "yes")
	o.during(func() {
		if err := o.server.Client(t).Do(o.b.ctx(), "DEBUG", "SLEEP", "2").Err(); err != nil {
			t.Fatal(err)
		}
		o.recovers()
		o.server.Pause()
		<-time.After(2 * time.Second) // the stall itself
		o.server.Resume()
	})
	if _, refused, _ := o.provider.told(); refused > 0 {
		t.Errorf("%d webhooks were refused, want none: a stall of two seconds is waited for", refused)
	}
}
