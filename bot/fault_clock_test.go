package bot_test

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
)

// Redis's clock jumps under traffic: ten minutes ahead, back again, and a day ahead.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for name, jumps := range map[string][]time.Duration{
		"ahead":  {10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		"back":   {-10 * time.Minute, -10 * time.Minute},
		"both":   {10 * time.Minute, -10 * time.Minute, 10 * time.Minute, -10 * time.Minute},
		"a day":  {24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOrdeal(t, nil)
			o.during(func() {
				for _, by := range jumps {
					o.b.pass(by)
					o.provider.takes(t, 20)
				}
			})
			for _, opened := range o.opened {
				o.times(opened)
			}
		})
	}
}

// times wants a conversation's time never to go back, and no timer before its time.
func (o *ordeal) times(opened bot.Opened) {
	o.t.Helper()
	var last time.Time
	for _, e := range o.b.journal(opened) {
		at := e.Entry.Event.At
		if at.Before(last) {
			o.t.Errorf("event %s at %s comes after one at %s: time goes back", e.Entry.Event.ID, at, last)
		}
		last = at
	}
}
