package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/campaign"
	"github.com/settle-chat/settle/campaign/clients"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/demo/crowd"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
)

// answerWithin is how soon the campaign's customers begin to answer: nobody looks on for a working day.
const answerWithin = time.Minute

// watched is the campaign's pace: it is there to be looked at, and the store in this process is no Redis.
var watched = config.Rate{Most: 20, Per: time.Second}

// The campaign that is played, and the source of its cases.
const (
	shippedCampaign = "campaigns/overdue.yaml"
	campaignSource  = bot.CampaignSource + "overdue"
)

// play launches the shipped campaign over customers who answer by themselves, until ctx ends.
func (d *Demo) play(ctx context.Context) error {
	plan, err := d.audience(ctx)
	if err != nil {
		return fmt.Errorf("prepare the campaign: %w", err)
	}
	launcher := &campaign.Launcher{Store: d.store, Bot: d.bot}
	_, err = launcher.Launch(ctx, plan)
	return err
}

// audience gives the campaign's customers telephones, accounts and rows in a file.
func (d *Demo) audience(ctx context.Context) (*campaign.Plan, error) {
	var accounts []ledger.Account
	for c, err := range clients.Made(d.Campaign, d.Clock.Now(), zone) {
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, ledger.Account{Ref: c.Ref, Customer: c.Customer, Balance: c.Balance, DaysPastDue: c.DaysPastDue})
		p := crowd.Person{Ref: c.Ref, KnownBy: c.KnownBy(), Addresses: []message.Address{message.Address("sms:" + c.Mobile)}}
		if c.WhatsApp != "" {
			p.Addresses = append(p.Addresses, message.Address("whatsapp:"+c.WhatsApp))
		}
		d.crowd.Add(p)
	}
	if err := d.books.Seed(ctx, accounts); err != nil {
		return nil, err
	}
	text, err := content.FS.ReadFile(shippedCampaign)
	if err != nil {
		return nil, err
	}
	f, err := campaign.Parse(filepath.Join(d.Dir, "overdue.yaml"), text)
	if err != nil {
		return nil, err
	}
	f.Pace.Rate = watched
	plan, err := f.Bind(d.Library, channelNames)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(plan.CSV(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = clients.Write(out, clients.Made(d.Campaign, d.Clock.Now(), zone))
	return plan, errors.Join(err, out.Close())
}

// Report says what has come of the campaign so far.
func (d *Demo) Report(w io.Writer) {
	t := d.crowd.Tally()
	fmt.Fprintf(w, "campaign: %d customers, %d reached, %d have answered, %d were recognised, %d have opted out\n", t.People, t.Reached, t.Answered, t.Known, t.Stopped)
}
