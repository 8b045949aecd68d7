package demo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/settle-chat/settle/web/ui"
)

// booksView is everything that the ledger's page shows.
type booksView struct {
	frame  ui.Frame
	mood   Mood
	tables []table
}

// table is one of the ledger's, the newest rows first.
type table struct {
	name    string
	caption string
	columns []string
	rows    []map[string]string
	all     int // how many rows there are
}

// shownTables are what a bank would look at, with their columns in order.
var shownTables = []table{
	{name: "accounts", caption: "Accounts", columns: []string{"ref", "balance", "days_past_due", "in_dispute", "in_hardship"}},
	{name: "promises", caption: "Promises to pay", columns: []string{"ref", "amount", "due", "status", "at"}},
	{name: "payments", caption: "Payments", columns: []string{"ref", "amount", "reference", "at"}},
	{name: "plans", caption: "Plans", columns: []string{"ref", "months", "instalment", "status", "at"}},
	{name: "disputes", caption: "Disputes", columns: []string{"ref", "about", "at"}},
	{name: "hardships", caption: "Hardships", columns: []string{"ref", "at"}},
	{name: "flags", caption: "Flags", columns: []string{"ref", "flag", "at"}},
	{name: "notes", caption: "Notes", columns: []string{"ref", "text", "at"}},
	{name: "payment_pages", caption: "Payment pages made", columns: []string{"ref", "amount", "reference", "at"}},
}

// mostRows is how many rows of a table the page shows.
const mostRows = 25

func (d *Demo) mountBooks(mux *http.ServeMux) {
	mux.HandleFunc("GET /ledger", func(w http.ResponseWriter, r *http.Request) {
		v, err := d.booksView(r.Context())
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		ui.Write(w, r, http.StatusOK, booksPage(v))
	})
	mux.HandleFunc("GET /ledger/tables", func(w http.ResponseWriter, r *http.Request) {
		v, err := d.booksView(r.Context())
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		ui.Write(w, r, http.StatusOK, tables(v))
	})
	mux.HandleFunc("POST /ledger/mood", func(w http.ResponseWriter, r *http.Request) {
		if !d.temper.set(Mood(r.PostFormValue("mood"))) {
			http.Error(w, "There is no such switch.", http.StatusBadRequest)
			return
		}
		d.changes.Tell()
		http.Redirect(w, r, "/ledger", http.StatusSeeOther)
	})
}

func (d *Demo) booksView(ctx context.Context) (booksView, error) {
	v := booksView{frame: d.frame("The ledger", "/ledger"), mood: d.temper.get()}
	for _, t := range shownTables {
		rows, err := d.books.Rows(ctx, t.name)
		if err != nil {
			return v, err
		}
		t.all = len(rows)
		for i := len(rows) - 1; i >= 0 && len(t.rows) < mostRows; i-- {
			t.rows = append(t.rows, rows[i])
		}
		if t.name == "accounts" { // in the order of the contacts
			t.rows = rows[:min(len(rows), mostRows)]
		}
		v.tables = append(v.tables, t)
	}
	return v, nil
}

// counted is a table's caption with how much of it is shown.
func (t table) counted() string {
	if t.all > len(t.rows) {
		return fmt.Sprintf("%s: the last %d of %d", t.caption, len(t.rows), t.all)
	}
	return fmt.Sprintf("%s: %d", t.caption, t.all)
}

// numeric says whether a column holds numbers.
func numeric(column string) bool {
	switch column {
	case "balance", "amount", "instalment", "months", "days_past_due":
		return true
	}
	return false
}
