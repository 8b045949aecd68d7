package demo

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// Contact is one of the demo's customers. Their numbers are from a range that is reserved for drama.
type Contact struct {
	ID       string // in paths: c1
	Name     string
	About    string // what is different about this one
	Language string
	Born     string // what they are recognised by
	Postcode string
	Ref      string            // their account
	workflow string            // of the case that the demo opens
	facts    map[string]string // of that workflow, beside those of every one
	account  ledger.Account
	number   string

	conversation string // of the case that was opened
}

// The channels that each contact has.
var channelNames = []string{"whatsapp", "sms"}

// Address is where a contact is on a channel.
func (c *Contact) Address(channel string) message.Address {
	return message.Address(channel + ":" + c.number)
}

// KnownBy is what this customer answers to be recognised.
func (c *Contact) KnownBy() string {
	born, err := time.Parse(time.DateOnly, c.Born)
	if err != nil {
		return c.Born
	}
	return born.Format("2 January") + " " + c.Postcode
}

// cast are the customers, each offered something else.
func cast(now time.Time) []*Contact {
	day := func(ago int) string { return now.AddDate(0, 0, -ago).Format(time.DateOnly) }
	overdue := func(c Contact, balance string, late int) *Contact {
		c.workflow, c.account.Balance, c.account.DaysPastDue = "overdue-account", balance, late
		c.facts = map[string]string{"due_date": day(late)}
		return &c
	}
	all := []*Contact{
		overdue(Contact{Name: "Thandi", About: "owes R1 250, 12 days late: may pay, part, plan or promise", Language: "en", Born: "1990-03-14", Postcode: "2196"}, "1250.00", 12),
		overdue(Contact{Name: "Sipho", About: "owes R180, 20 days late: too little for a plan", Language: "en", Born: "1984-07-02", Postcode: "8001"}, "180.00", 20),
		overdue(Contact{Name: "Lerato", About: "owes R9 400, 75 days late: too late to promise", Language: "en", Born: "1979-11-23", Postcode: "0002"}, "9400.00", 75),
		overdue(Contact{Name: "Anneke", About: "owes R2 300, writes Afrikaans", Language: "af", Born: "1995-01-30", Postcode: "7600"}, "2300.00", 9),
		{Name: "Zanele", About: "a payment of R499 failed", Language: "en", Born: "1988-09-17", Postcode: "3201", workflow: "failed-payment",
			facts: map[string]string{"amount": "499.00", "card": "Visa 4242", "reason": "insufficient-funds"}, account: ledger.Account{Balance: "499.00"}},
		{Name: "Pieter", About: "is to confirm his details", Language: "en", Born: "1968-05-09", Postcode: "4001", workflow: "kyc-refresh",
			facts: map[string]string{"needs": "none"}, account: ledger.Account{Balance: "0.00", Address: "7 Loop Street, Durban, 4001"}},
		{Name: "Fatima", About: "a letter to her came back", Language: "en", Born: "1972-12-04", Postcode: "6001", workflow: "returned-mail",
			facts: map[string]string{"sent_on": day(15)}, account: ledger.Account{Balance: "0.00", Address: "3 Main Road, Gqeberha, 6001"}},
	}
	for i, c := range all {
		c.ID, c.Ref, c.number = fmt.Sprintf("c%d", i+1), fmt.Sprintf("A-%03d", i+1), fmt.Sprintf("+44770090%04d", 101+i)
		c.account.Ref, c.account.Customer = c.Ref, "customer-"+c.ID
	}
	return all
}

// open puts a contact's account into the books and opens the case, as the bank's trigger would.
func (d *Demo) open(ctx context.Context, c *Contact) error {
	w := d.Library.Named(c.workflow)
	if w == nil {
		return fmt.Errorf("open a case for contact %s: there is no workflow %s", c.ID, c.workflow)
	}
	if err := d.books.Seed(ctx, []ledger.Account{c.account}); err != nil {
		return err
	}
	request := bot.OpenRequest{
		Source: "demo", ID: c.Ref, Workflow: c.workflow, Customer: c.account.Customer, Ref: c.Ref, Language: c.Language, Zone: zone,
		Facts: maps.Clone(c.facts),
	}
	for name, v := range map[string]string{
		"first_name": c.Name, "account_last4": "48" + c.Ref[len(c.Ref)-2:], "date_of_birth": c.Born, "postcode": c.Postcode,
	} {
		if def := w.Facts[name]; def != nil {
			request.Facts[name] = v
		}
	}
	for _, channel := range channelNames {
		request.Addresses = append(request.Addresses, c.Address(channel))
		request.Consent = append(request.Consent, policy.Consent{
			Channel: channel, Purpose: policy.Purpose(w.Purpose), Given: true, Source: "demo", At: d.Clock.Now().AddDate(-1, 0, 0),
		})
	}
	opened, err := d.bot.Open(ctx, request)
	if err != nil {
		return fmt.Errorf("open a case for contact %s: %w", c.ID, err)
	}
	c.conversation = opened.Conversation
	return nil
}
