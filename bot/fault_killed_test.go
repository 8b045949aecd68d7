package bot_test

import "testing"

// redis-server is killed again and again under traffic, and started again on the same directory. Nothing acknowledged is
// lost; meanwhile the provider is asked to come again.
func TestRedisKilledUnderTraffic(t *testing.T) {
	t.Parallel()
	times := 3
	if proof() {
		times = 20
	}
	o := newOrdeal(t, nil)
	o.during(func() {
		for range times {
			o.server.Kill()
			o.refuses()
			o.says("what is due can't be read: it will be tried again")
			o.operatorSees(503, "webhook not committed: the provider is asked to come again", "probe fails")
			o.server.Start()
			o.recovers()
		}
	})
}
