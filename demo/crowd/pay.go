package crowd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
)

// Pay is what somebody does who pays on the payment provider's page with this ID, for this account.
type Pay func(ctx context.Context, ref, page string) error

var errNoPage = errors.New("the payment provider has no such page")

// Provider plays the payment provider's side of Pay: whoever pays is reported, to the case that is about their account. rows
// reads the ledger's tables. source is that of the cases.
func Provider(b *bot.Bot, source string, rows func(ctx context.Context, table string) ([]map[string]string, error)) Pay {
	return func(ctx context.Context, ref, page string) error {
		pages, err := rows(ctx, "payment_pages")
		if err != nil {
			return err
		}
		at := slices.IndexFunc(pages, func(row map[string]string) bool { return row["id"] == page })
		if at < 0 {
			return errNoPage
		}
		id := b.Store.CaseID(source, ref)
		conversation, err := b.Store.FindCase(ctx, id)
		if err != nil {
			return err
		}
		loaded, err := b.Store.Load(ctx, conversation)
		if err != nil {
			return err
		}
		for _, k := range loaded.Conversation.Cases {
			if k.Ref == ref && k.Phase != fsm.Closed { // one that the campaign's has opened, perhaps
				id = k.ID
			}
		}
		// Not bot.Report, which finds no case that another one has opened.
		event := "report/psp.paid/" + page
		err = b.Handle(ctx, conversation, fsm.Event{ID: event, Mark: b.Store.Mark(event), Reported: &fsm.SystemReported{
			Case: id, Event: "psp.paid", Facts: map[string]string{"amount": pages[at]["amount"], "reference": pages[at]["reference"]},
		}})
		if err != nil {
			return fmt.Errorf("report a payment: %w", err)
		}
		return nil
	}
}
