package campaign_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/settle-chat/settle/campaign/clients"
	"github.com/settle-chat/settle/demo/crowd"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
)

// realClients are the first rows of the public data; the test is skipped where it isn't there.
func realClients(t *testing.T, rows int) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "credit-card-clients.csv"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the public data is missing: %v", err)
		}
		t.Skipf("the public data is missing: %v", err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	return bytes.Join(lines[:min(len(lines), rows+1)], nil)
}

// TestFiveDays launches the shipped campaign over real clients, and lets their simulated selves reply, ignore, mistype, pay,
// promise, dispute and opt out for five days. Then the books must agree.
func TestFiveDays(t *testing.T) {
	t.Parallel()
	data := realClients(t, most)
	w := newWorld(t, true)
	var audience bytes.Buffer
	if _, err := clients.Write(&audience, clients.Read(bytes.NewReader(data), begun)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "content", "campaigns", "overdue.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	plan := w.mustPlan(string(text), audience.String())
	tempers := w.moveIn(data)
	survey, err := w.launch.Survey(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	result, err := w.launch.Launch(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	enrolled := time.Since(began)
	if result.Opened != survey.Open || survey.Refused != 0 || result.Refused != 0 {
		t.Errorf("opened %d and refused %d, want %d and none, as the survey says: %+v", result.Opened, result.Refused, survey.Open, survey)
	}
	w.lasts(2 * 24 * time.Hour)
	again, err := w.launch.Launch(t.Context(), plan) // on the third day, by mistake
	if err != nil || again.Opened != 0 || again.Existed != result.Opened {
		t.Errorf("launched again: %+v, %v, want nothing opened and %d that were", again, err, result.Opened)
	}
	w.lasts(3 * 24 * time.Hour)
	t.Logf("enrolled at %.0f a second, five days in %s", float64(result.Opened)/enrolled.Seconds(), time.Since(began).Round(time.Second))
	w.report(tempers)
	w.agree(result.Opened)
}

// moveIn gives each late client an account in the books and a telephone, and says who has which temper.
func (w *world) moveIn(data []byte) map[crowd.Temper]int {
	w.t.Helper()
	var accounts []ledger.Account
	tempers := map[crowd.Temper]int{}
	for c, err := range clients.Read(bytes.NewReader(data), begun) {
		if err != nil {
			w.t.Fatal(err)
		}
		if c.DaysPastDue < 5 || strings.HasPrefix(c.Balance, "0.") {
			continue
		}
		accounts = append(accounts, ledger.Account{Ref: c.Ref, Customer: c.Customer, Balance: c.Balance, DaysPastDue: c.DaysPastDue})
		p := crowd.Person{Ref: c.Ref, KnownBy: c.KnownBy(), Addresses: []message.Address{message.Address("sms:" + c.Mobile)}}
		if c.WhatsApp != "" {
			p.Addresses = append(p.Addresses, message.Address("whatsapp:"+c.WhatsApp))
		}
		tempers[w.crowd.Add(p)]++
	}
	if err := w.books.Seed(w.t.Context(), accounts); err != nil {
		w.t.Fatal(err)
	}
	return tempers
}

// report prints what came of the campaign.
func (w *world) report(tempers map[crowd.Temper]int) {
	w.t.Helper()
	var out strings.Builder
	t := tabwriter.NewWriter(&out, 0, 8, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\n", name, value) }
	seen, net := w.crowd.Tally(), w.net.Counts()
	row("customers", seen.People)
	row("messages delivered", net.Delivered)
	row("reached", seen.Reached)
	row("replied", seen.Answered)
	row("recognised", seen.Known)
	row("opted out", seen.Stopped)
	ends, queues := map[string]int{}, map[string]int{}
	var took []time.Duration
	for _, of := range w.cases() {
		for _, v := range of {
			if v.Source != "campaign/overdue" {
				continue
			}
			switch {
			case v.Outcome != "":
				ends["ended "+v.Outcome]++
			case v.Exception != "":
				ends["with a person: "+v.Exception]++
			default:
				ends["still open"]++
			}
			if v.Queue != "" {
				queues[v.Queue]++
			}
			if v.Ended != nil && v.Outcome != "expired" && v.Outcome != "stopped" {
				took = append(took, v.Ended.Sub(v.Opened))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ends)) {
		row(name, ends[name])
	}
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		row("waiting in queue "+name, queues[name])
	}
	if slices.Sort(took); len(took) > 0 {
		row("median time to resolution", took[len(took)/2].Round(time.Minute))
	}
	for _, s := range crowd.Shares {
		row(fmt.Sprintf("of temper %q", s.Temper), tempers[s.Temper])
	}
	_ = t.Flush() // into a string
	w.t.Logf("what came of it:\n%s", out.String())
}

// agree holds the engine, the books and the telephones against each other.
func (w *world) agree(enrolled int) {
	w.t.Helper()
	written, campaign := map[string]int{}, 0
	ended := map[string]map[string]bool{} // outcome -> accounts
	for ref, of := range w.cases() {
		n := 0
		for _, v := range of {
			for _, operation := range v.Writebacks {
				written[operation]++
			}
			if v.Source == "campaign/overdue" {
				n++
				if ended[v.Outcome] == nil {
					ended[v.Outcome] = map[string]bool{}
				}
				ended[v.Outcome][ref] = true
			}
		}
		if campaign += n; n > 1 {
			w.t.Errorf("row %s has %d cases, want one", ref, n)
		}
	}
	if campaign != enrolled {
		w.t.Errorf("%d cases of the campaign, want the %d that were enrolled", campaign, enrolled)
	}
	for _, book := range []struct{ outcome, operation, table string }{
		{"paid", "core.record-payment", "payments"}, {"promised", "core.record-promise", "promises"},
		{"plan", "core.create-plan", "plans"}, {"disputed", "core.flag-dispute", "disputes"},
	} {
		rows, err := w.books.Rows(w.t.Context(), book.table)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(rows) != written[book.operation] {
			w.t.Errorf("table %s has %d rows, want the %d that the cases have written back", book.table, len(rows), written[book.operation])
		}
		of := map[string]int{}
		for _, r := range rows {
			of[r["ref"]]++
		}
		for ref := range ended[book.outcome] {
			if of[ref] != 1 {
				w.t.Errorf("account %s has %d rows in table %s, want one: its case ended %s", ref, of[ref], book.table, book.outcome)
			}
		}
		if len(ended[book.outcome]) == 0 {
			w.t.Errorf("nobody ended %s: the crowd plays nothing of it", book.outcome)
		}
	}
	seen := w.crowd.Tally()
	if seen.AfterStop != 0 || seen.Stopped == 0 {
		w.t.Errorf("%d messages after STOP by %d customers, want none after several", seen.AfterStop, seen.Stopped)
	}
	if seen.Reached != enrolled {
		w.t.Errorf("%d customers were reached, want all %d", seen.Reached, enrolled)
	}
}
