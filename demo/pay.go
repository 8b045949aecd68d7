package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/web/ui"
)

// payPath is where the demo plays the payment provider's pages, https://pay.example/p/ in messages.
const payPath = "/pay/"

// payView is one page of the payment provider.
type payView struct {
	id, amount, reference string
	said                  string // what came of it; empty until something did
}

func (d *Demo) mountPay(mux *http.ServeMux) {
	mux.HandleFunc("GET "+payPath+"{page}", func(w http.ResponseWriter, r *http.Request) { // looking changes nothing
		d.withPage(w, r, func(row map[string]string) {
			ui.Write(w, r, http.StatusOK, payPage(payView{id: row["id"], amount: row["amount"], reference: row["reference"]}))
		})
	})
	mux.HandleFunc("POST "+payPath+"{page}", func(w http.ResponseWriter, r *http.Request) {
		d.withPage(w, r, func(row map[string]string) {
			event, said := "psp.paid", "Paid. You can close this page."
			facts := map[string]string{"amount": row["amount"], "reference": row["reference"]}
			if r.PostFormValue("do") == "decline" {
				event, said, facts = "psp.failed", "The card was declined, and nothing was taken.", map[string]string{"reason": "declined"}
			}
			if err := d.report(r.Context(), row, event, facts); err != nil {
				ui.Fail(w, r, err)
				return
			}
			d.changes.Tell()
			ui.Write(w, r, http.StatusOK, payPage(payView{id: row["id"], amount: row["amount"], reference: row["reference"], said: said}))
		})
	})
}

// withPage finds the row of the payment page that a path names.
func (d *Demo) withPage(w http.ResponseWriter, r *http.Request, do func(row map[string]string)) {
	rows, err := d.books.Rows(r.Context(), "payment_pages")
	if err != nil {
		ui.Fail(w, r, err)
		return
	}
	for _, row := range rows {
		if row["id"] == r.PathValue("page") {
			do(row)
			return
		}
	}
	http.NotFound(w, r)
}

var errNobodyWaits = errors.New("no case is about this account any more")

// report tells the engine what came of a payment, as the provider's webhook would: once for each page and result.
func (d *Demo) report(ctx context.Context, page map[string]string, event string, facts map[string]string) error {
	for _, c := range d.contacts {
		if c.Ref != page["ref"] {
			continue
		}
		document, _, err := d.document(ctx, c)
		if err != nil {
			return err
		}
		k := latest(document, c.Ref)
		if k == nil {
			return fmt.Errorf("report %s: %w", event, errNobodyWaits)
		}
		return d.bot.Report(ctx, bot.ReportRequest{ID: page["id"] + "/" + event, Case: k.ID, Event: event, Facts: facts})
	}
	return fmt.Errorf("report %s: %w", event, errNobodyWaits)
}

// latest is the open case about an account that was opened last; an ended one where none is open, which keeps the news.
func latest(c *fsm.Conversation, ref string) (found *fsm.Case) {
	if c == nil {
		return nil
	}
	for i := range c.Cases {
		k := &c.Cases[i]
		if k.Ref == ref && (found == nil || k.Phase != fsm.Closed || found.Phase == fsm.Closed) {
			found = k
		}
	}
	return found
}
