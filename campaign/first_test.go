package campaign_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/settle-chat/settle/campaign"
	"github.com/settle-chat/settle/store"
)

// Those to be tried first are enrolled alone, and written to; the others wait until the campaign is resumed.
func TestTryFirst(t *testing.T) {
	t.Parallel()
	const rows = 20
	w := newWorld(t, false)
	w.owe(rows)
	p := w.mustPlan("try-first: [A-007, A-013]\n"+good, header+many(rows))
	r, err := w.launch.Launch(t.Context(), p)
	if err != nil || !r.Trying || r.Opened != 2 {
		t.Fatalf("the first launch: %+v, %v, want two opened to be tried", r, err)
	}
	w.settle()
	if got := w.got(); got != 2 {
		t.Errorf("%d telephones got a message, want 2", got)
	}
	if _, err := w.launch.Launch(t.Context(), p); !errors.Is(err, campaign.ErrPaused) {
		t.Errorf("launched before it is resumed: %v, want ErrPaused", err)
	}
	w.set(store.CampaignRunning)
	if r, err := w.launch.Launch(t.Context(), p); err != nil || r.Opened != rows-2 || r.Existed != 2 {
		t.Errorf("the second launch: %+v, %v, want %d opened", r, err, rows-2)
	}
	p = w.mustPlan("control: 100%\ntry-first: [A-007]\n"+good, header+many(rows))
	if s, err := w.launch.Survey(t.Context(), p); err != nil || s.Enrolled != 1 {
		t.Errorf("with all as control: %+v, %v, want the one that is to be tried in it all the same", s, err)
	}
	p = w.mustPlan("try-first: [A-007, A-999]\n"+good, header+many(rows))
	if _, err := w.launch.Survey(t.Context(), p); err == nil || !strings.Contains(err.Error(), "campaign.yaml:1:20: no usable row of the audience has this reference") {
		t.Errorf("one to be tried who isn't there: %v, want its place", err)
	}
}

// A campaign begins nothing outside its days.
func TestDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, tc := range []struct{ pace, want string }{
		{"{from: 2026-11-25}", "it begins on 2026-11-25"}, {"{until: 2026-11-23}", "its last day was 2026-11-23"}, {"{from: 2026-11-24, until: 2026-11-24}", ""},
	} {
		_, err := w.launch.Launch(t.Context(), w.mustPlan("pace: "+tc.pace+"\n"+good, header+many(1)))
		if tc.want == "" && err != nil || tc.want != "" && (!errors.Is(err, campaign.ErrNotToday) || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("pace %s: %v, want %q", tc.pace, err, tc.want)
		}
	}
}
