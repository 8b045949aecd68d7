package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

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

// till remembers which pages are paid. The zero value is ready.
type till struct {
	mu   sync.Mutex
	paid map[string]bool // guarded by mu; by the page's ID
}

const (
	saidPaid     = "Paid. You can close this page."
	saidDeclined = "The card was declined, and nothing was taken."
)

func (d *Demo) mountPay(mux *http.ServeMux) {
	mux.HandleFunc("GET "+payPath+"{page}", d.withPage(func(w http.ResponseWriter, r *http.Request, v payView, _ map[string]string) {
		d.till.mu.Lock()
		defer d.till.mu.Unlock()
		if d.till.paid[v.id] {
			v.said = saidPaid
		}
		ui.Write(w, r, http.StatusOK, payPage(v)) // looking changes nothing
	}))
	mux.HandleFunc("POST "+payPath+"{page}", d.withPage(func(w http.ResponseWriter, r *http.Request, v payView, row map[string]string) {
		said, err := d.pay(r.Context(), row, r.PostFormValue("do") == "decline")
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		d.changes.Tell()
		v.said = said
		ui.Write(w, r, http.StatusOK, payPage(v))
	}))
}

// pay takes a page's payment, or declines it, and says what came of it. What is paid stays paid, whatever is tapped later.
func (d *Demo) pay(ctx context.Context, page map[string]string, decline bool) (said string, err error) {
	d.till.mu.Lock()
	defer d.till.mu.Unlock()
	switch {
	case d.till.paid[page["id"]]:
		return saidPaid, nil
	case decline:
		return saidDeclined, d.report(ctx, page, "psp.failed", map[string]string{"reason": "declined"})
	}
	if err := d.report(ctx, page, "psp.paid", map[string]string{"amount": page["amount"], "reference": page["reference"]}); err != nil {
		return "", err
	}
	if d.till.paid == nil {
		d.till.paid = make(map[string]bool)
	}
	d.till.paid[page["id"]] = true
	return saidPaid, nil
}

// withPage finds the row of the payment page that a path names.
func (d *Demo) withPage(do func(w http.ResponseWriter, r *http.Request, v payView, row map[string]string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rows, err := d.books.Rows(r.Context(), "payment_pages")
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		for _, row := range rows {
			if row["id"] == r.PathValue("page") {
				do(w, r, payView{id: row["id"], amount: row["amount"], reference: row["reference"]}, row)
				return
			}
		}
		http.NotFound(w, r)
	}
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
