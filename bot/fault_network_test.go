package bot_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/store/storetest"
)

// The network cuts the connection after a request went through and before its answer came, at random: one answer in eight
// is lost. What Redis has done isn't done twice.
func TestNetworkCutsAfterTheRequest(t *testing.T) {
	t.Parallel()
	more := 60
	if proof() {
		more = 1000
	}
	var proxy *storetest.Proxy
	o := newOrdeal(t, func(s *storetest.Server) string { proxy = s.Proxy(t); return proxy.URL() })
	o.during(func() {
		proxy.Cut(8)
		o.provider.takes(t, more)
		o.says("commit is not confirmed: reading what is there, then trying again")
		proxy.Cut(0)
	})
	if n := proxy.Cuts(); n < more/4 {
		t.Errorf("%d answers were lost, want %d at least: the test shows nothing", n, more/4)
	}
	t.Logf("%d answers lost", proxy.Cuts())
}

// The network is slow: each answer takes 100 ms longer. Webhooks are late, none is refused.
func TestNetworkIsSlow(t *testing.T) {
	t.Parallel()
	var proxy *storetest.Proxy
	o := newOrdeal(t, func(s *storetest.Server) string { proxy = s.Proxy(t); return proxy.URL() })
	o.during(func() {
		proxy.Delay(100 * time.Millisecond)
		o.provider.takes(t, 20)
		proxy.Delay(0)
	})
	if _, refused, _ := o.provider.told(); refused > 0 {
		t.Errorf("%d webhooks were refused, want none: a slow network is waited for", refused)
	}
}

// The network goes silent: connections stand, and nothing comes through. Nobody waits longer than a provider does, nothing
// piles up, and what arrives late does no harm.
func TestNetworkGoesSilent(t *testing.T) {
	t.Parallel()
	settings := "?read_timeout=1s" // so that the test is short; left to itself it is three seconds
	if proof() {
		settings = ""
	}
	labels := pprof.Labels("test", t.Name())
	pprof.Do(context.Background(), labels, func(context.Context) { // so that its goroutines can be counted
		var proxy *storetest.Proxy
		o := newOrdeal(t, func(s *storetest.Server) string { proxy = s.Proxy(t); return proxy.URL() + settings })
		o.during(func() {
			before := goroutines(t)
			proxy.Silence()
			o.refuses()
			if proof() {
				o.provider.refuses(t, 4)
			}
			during := goroutines(t)
			o.operatorSees(503, "webhook not committed: the provider is asked to come again", "i/o timeout", "probe fails")
			proxy.Speak()
			o.recovers()
			after := goroutines(t)
			t.Logf("goroutines: %d before, %d in the silence, %d after; %d connections at most", before, during, after, proxy.Most())
			// Four customers, one webhook each at a time, and what their last messages led to.
			if most := before + 40; during > most || after > most {
				t.Errorf("%d goroutines in the silence and %d after it, want at most %d", during, after, most)
			}
		})
	})
}

// goroutines counts those of one test, by the label that they inherit, without those that play the network.
func goroutines(t *testing.T) (n int) {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	label := `"test":` + strconv.Quote(t.Name())
	for group := range strings.SplitSeq(b.String(), "\n\n") { // "COUNT @ ADDRESSES", its labels, its stack
		count, _, _ := strings.Cut(group, " @ ")
		if strings.Contains(group, label) && !strings.Contains(group, "storetest.(*Proxy)") {
			k, err := strconv.Atoi(count[strings.LastIndexByte(count, '\n')+1:]) // the profile's own first line is before the first one
			if err != nil {
				t.Fatalf("read the goroutine profile: %v: %.200s", err, group)
			}
			n += k
		}
	}
	return n
}
