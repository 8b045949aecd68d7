package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Campaign is what all processes know of one campaign. Nothing in it is of a customer.
type Campaign struct {
	Name     string
	Workflow string
	Status   CampaignStatus
	Every    time.Duration // between two messages of its own to begin; zero: no pace
	Tried    bool          // the few that were to be tried first are enrolled
	Began    time.Time
	Changed  time.Time // when Status last changed
}

// CampaignStatus says whether a campaign goes on.
type CampaignStatus string

// The states of a campaign. While the first few are tried nobody else is enrolled, and what is enrolled goes on. Cancelled
// is for good.
const (
	CampaignRunning   CampaignStatus = "running"
	CampaignTrying    CampaignStatus = "trying"
	CampaignPaused    CampaignStatus = "paused"
	CampaignCancelled CampaignStatus = "cancelled"
)

// campaignsKey is a SET of the campaigns' names. A campaign's keys are settle:{campaign:NAME}: with nothing behind it a HASH
// (status, every in µs, workflow, tried, began and changed in ms); next STRING µs and at:EFFECT STRING µs, TTL an hour past
// it, as of a rate.
const campaignsKey = "settle:campaigns"

func campaignKey(name string) string { return "settle:{campaign:" + name + "}:" }

// BeginCampaign makes a campaign running, or finds it as it stands: one that is paused or cancelled stays so. Its pace and
// workflow are those given last.
func (s *Store) BeginCampaign(ctx context.Context, name, workflow string, every time.Duration) (Campaign, error) {
	if err := s.put(ctx, campaignsKey, func(c redis.Cmdable) redis.Cmder { return c.SAdd(ctx, campaignsKey, name) }); err != nil {
		return Campaign{}, fmt.Errorf("begin campaign %s: %w", name, err)
	}
	c, _, err := s.campaign(ctx, name, CampaignRunning, "1", strconv.FormatInt(every.Microseconds(), 10), workflow, "")
	if err != nil {
		return Campaign{}, fmt.Errorf("begin campaign %s: %w", name, err)
	}
	return c, nil
}

// SetCampaign changes a campaign's status, and returns it with the one before. A cancelled campaign stays cancelled.
// ErrNotFound where there is none.
func (s *Store) SetCampaign(ctx context.Context, name string, to CampaignStatus) (Campaign, CampaignStatus, error) {
	c, before, err := s.campaign(ctx, name, to, "", "", "", "")
	if err != nil {
		return Campaign{}, "", fmt.Errorf("change campaign %s to %s: %w", name, to, err)
	}
	return c, before, nil
}

// CampaignTried notes that the first few are enrolled: the others wait until the campaign is set running.
func (s *Store) CampaignTried(ctx context.Context, name string) (Campaign, error) {
	c, _, err := s.campaign(ctx, name, CampaignTrying, "", "", "", "1")
	if err != nil {
		return Campaign{}, fmt.Errorf("note that the first few of campaign %s are enrolled: %w", name, err)
	}
	return c, nil
}

func (s *Store) campaign(ctx context.Context, name string, to CampaignStatus, begin, every, workflow, tried string) (Campaign, CampaignStatus, error) {
	r, err := s.keep(ctx, campaignStatusScript, []string{campaignKey(name)}, string(to), begin, every, workflow, tried, s.offset())
	if err != nil {
		return Campaign{}, "", err
	}
	if r.text(0) == "none" {
		return Campaign{}, "", ErrNotFound
	}
	return campaignOf(name, r), CampaignStatus(r.text(6)), nil
}

// Campaign reads a campaign. ErrNotFound where there is none.
func (s *Store) Campaign(ctx context.Context, name string) (Campaign, error) {
	var fields []any
	err := s.again(ctx, func() (err error) {
		fields, err = s.redis.HMGet(ctx, campaignKey(name), "status", "every", "workflow", "tried", "began", "changed").Result()
		return err
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign %s: %w", name, err)
	}
	if fields[0] == nil {
		return Campaign{}, fmt.Errorf("campaign %s: %w", name, ErrNotFound)
	}
	return campaignOf(name, fields), nil
}

// Campaigns are the names of all campaigns, in no order.
func (s *Store) Campaigns(ctx context.Context) (names []string, err error) {
	err = s.again(ctx, func() error {
		names, err = s.redis.SMembers(ctx, campaignsKey).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return names, nil
}

func campaignOf(name string, r reply) Campaign {
	every, _ := strconv.ParseInt(r.text(1), 10, 64) // written by BeginCampaign alone
	return Campaign{
		Name: name, Status: CampaignStatus(r.text(0)), Every: time.Duration(every) * time.Microsecond, Workflow: r.text(2),
		Tried: r.text(3) == "1", Began: r.time(4), Changed: r.time(5),
	}
}

// askAgain is how long a message of a paused campaign waits before the gate is asked again.
const askAgain = time.Minute

// campaignCall is the gate's question whether a campaign may send one more message now.
func (s *Store) campaignCall(g GateRequest) call {
	key := campaignKey(g.Campaign)
	return call{campaignScript, []string{key, key + "next", key + "at:" + g.Effect}, []any{s.offset(), reservationKept.Milliseconds()}}
}

// campaignAnswer is why a campaign's message doesn't go now; a pass where it does, or where no such campaign was begun.
func (s *Store) campaignAnswer(r reply) GateAnswer {
	switch {
	case r.text(0) == string(CampaignCancelled):
		return GateAnswer{Why: WhyCancelled}
	case r.text(0) == string(CampaignPaused):
		return GateAnswer{Why: WhyPaused, At: r.time(2).Add(askAgain)}
	case r.text(1) != "1":
		return GateAnswer{Why: WhyPace, At: r.time(2)}
	}
	return GateAnswer{Pass: true}
}
