package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/settle-chat/settle/store"
)

// The gate keeps what a paused or cancelled campaign begins, spaces what a running one does, and lets all else by.
func TestGateOfACampaign(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		_, g := b.claimed(t)
		if g.Campaign = "november"; !gate(t, b.a, g).Pass {
			t.Error("a campaign that nobody has begun keeps messages")
		}
		if _, err := b.a.BeginCampaign(ctx, "november", "overdue-account", time.Hour); err != nil {
			t.Fatal(err)
		}
		set := func(to store.CampaignStatus) store.Campaign {
			t.Helper()
			c, _, err := b.b.SetCampaign(ctx, "november", to)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		set(store.CampaignPaused)
		now, err := b.a.Now(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got := gate(t, b.a, g); got.Pass || got.Why != store.WhyPaused || got.At.Before(now) {
			t.Errorf("Gate of a paused campaign = %+v, want %s and when to ask again", got, store.WhyPaused)
		}
		set(store.CampaignRunning)
		for range 2 {
			if got := gate(t, b.a, g); !got.Pass {
				t.Errorf("Gate of a running campaign = %+v, want pass, also when asked again", got)
			}
		}
		if got := b.another(t, "november"); got.Pass || got.Why != store.WhyPace || got.At.Sub(now) < 59*time.Minute {
			t.Errorf("Gate of the campaign's next message = %+v, want %s and an hour later", got, store.WhyPace)
		}
		if got := b.another(t, ""); !got.Pass {
			t.Errorf("Gate of a reply = %+v, want pass", got)
		}
		set(store.CampaignCancelled)
		if got := gate(t, b.a, g); got.Pass || got.Why != store.WhyCancelled {
			t.Errorf("Gate of a cancelled campaign = %+v, want %s", got, store.WhyCancelled)
		}
		if c := set(store.CampaignRunning); c.Status != store.CampaignCancelled {
			t.Errorf("a cancelled campaign is %s after it was resumed, want cancelled", c.Status)
		}
		if c, err := b.a.BeginCampaign(ctx, "november", "overdue-account", 0); err != nil || c.Status != store.CampaignCancelled {
			t.Errorf("a cancelled campaign that is launched again is %s, %v, want cancelled", c.Status, err)
		}
	})
}

// another asks the gate for a further message.
func (b *bench) another(t *testing.T, campaign string) store.GateAnswer {
	t.Helper()
	l := b.begin(t, "sms:+27829999999")
	e := send("E"+campaign, l.Now)
	committed(t, b.a, next(l, "twilio/"+e.ID, wanting(e)), "n", e)
	return gate(t, b.a, store.GateRequest{Conversation: l.Conversation.ID, Effect: e.ID, Nonce: "n", Address: "sms:+27829999999", Campaign: campaign})
}

// A campaign is as it was left: its pace is the last one given, its status what was said last.
func TestCampaign(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		if _, err := b.a.Campaign(ctx, "november"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Campaign that nobody has begun: %v, want ErrNotFound", err)
		}
		if _, _, err := b.a.SetCampaign(ctx, "november", store.CampaignPaused); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("SetCampaign of none: %v, want ErrNotFound", err)
		}
		if _, err := b.a.BeginCampaign(ctx, "november", "overdue-account", 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if _, err := b.a.CampaignTried(ctx, "november"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.a.BeginCampaign(ctx, "november", "overdue-account", time.Second); err != nil {
			t.Fatal(err)
		}
		got, err := b.b.Campaign(ctx, "november")
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != store.CampaignTrying || !got.Tried || got.Every != time.Second || got.Workflow != "overdue-account" || got.Began.IsZero() || got.Changed.Before(got.Began) {
			t.Errorf("Campaign = %+v, want one that is trying, once a second", got)
		}
		if _, before, err := b.a.SetCampaign(ctx, "november", store.CampaignRunning); err != nil || before != store.CampaignTrying {
			t.Errorf("SetCampaign: before it was %q, %v, want trying", before, err)
		}
		if names, err := b.a.Campaigns(ctx); err != nil || len(names) != 1 || names[0] != "november" {
			t.Errorf("Campaigns = %v, %v, want november", names, err)
		}
	})
}
