package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/campaign"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// many are so many usable rows.
func many(n int) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(row(map[string]string{
			"account_ref": ref(i), "customer_no": fmt.Sprintf("C-%03d", i+1), "mobile": fmt.Sprintf("+1%d5550%d", 212+i/100, 100+i%100),
		}))
	}
	return all.String()
}

func ref(i int) string { return fmt.Sprintf("A-%03d", i+1) }

// owe puts accounts for many into the books.
func (w *world) owe(n int) {
	w.t.Helper()
	accounts := make([]ledger.Account, n)
	for i := range accounts {
		accounts[i] = ledger.Account{Ref: ref(i), Customer: fmt.Sprintf("C-%03d", i+1), Balance: "1250.00", DaysPastDue: 12}
	}
	if err := w.books.Seed(w.t.Context(), accounts); err != nil {
		w.t.Fatal(err)
	}
}

// got is how many telephones show a message of the bank.
func (w *world) got() (n int) {
	for _, a := range w.net.Addresses() {
		if len(w.net.Thread(a)) > 0 {
			n++
		}
	}
	return n
}

func (w *world) set(to store.CampaignStatus) {
	w.t.Helper()
	if _, _, err := w.store.SetCampaign(w.t.Context(), "overdue", to); err != nil {
		w.t.Fatal(err)
	}
}

// A launch that dies half-way and is launched again, and again, enrols each row once and writes to each once.
func TestEachRowOnce(t *testing.T) {
	t.Parallel()
	const rows = 60
	w := newWorld(t, false)
	w.owe(rows)
	p := w.mustPlan(good, header+many(rows))
	ctx, die := context.WithCancel(t.Context())
	w.launch.Progress = func(n campaign.Progress) {
		if n.Done == rows/3 {
			die()
		}
	}
	first, err := w.launch.Launch(ctx, p)
	if !errors.Is(err, context.Canceled) || first.Opened == 0 || first.Opened == rows {
		t.Fatalf("the first launch: %+v, %v, want some rows and its end", first, err)
	}
	w.lasts(time.Hour)
	w.launch.Progress = nil
	for try := range 2 {
		r, err := w.launch.Launch(t.Context(), p)
		if err != nil || r.Opened+r.Existed != rows || try > 0 && r.Opened != 0 {
			t.Errorf("launch %d after it: %+v, %v, want %d rows opened or there", try+1, r, err, rows)
		}
		w.lasts(time.Hour)
	}
	for id, of := range w.cases() {
		if len(of) != 1 {
			t.Errorf("row %s has %d cases, want one", id, len(of))
		}
	}
	for _, a := range w.net.Addresses() {
		if got := len(w.net.Thread(a)); got != 1 {
			t.Errorf("%s got %d messages, want one", a, got)
		}
	}
	if w.got() != rows {
		t.Errorf("%d telephones got a message, want %d", w.got(), rows)
	}
}

// A row whose address another customer has already, or whose account has an open case, is refused when it is enrolled.
func TestRefusedByTheEngine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.owe(3)
	if _, err := w.launch.Launch(t.Context(), w.mustPlan(good, header+many(2))); err != nil {
		t.Fatal(err)
	}
	another := strings.Replace(good, "campaign: overdue", "campaign: another", 1)
	p := w.mustPlan(another, header+many(1)+row(map[string]string{"account_ref": "A-003", "customer_no": "C-003", "mobile": "+12125550101"}))
	r, err := w.launch.Launch(t.Context(), p)
	if err != nil || r.Opened != 0 || r.Refused != 2 {
		t.Fatalf("got %+v, %v, want nothing opened and two refused", r, err)
	}
	var reasons []string
	for _, row := range readCSV(t, p.RefusedCSV())[1:] {
		reasons = append(reasons, row[0]+" "+row[len(row)-1])
	}
	all := strings.Join(reasons, "\n")
	for _, want := range []string{"A-001 a case of workflow overdue-account is open already", "A-003 an address is another customer's too"} {
		if !strings.Contains(all, want) {
			t.Errorf("refused are\n%s\nwant %q", all, want)
		}
	}
}

// A launch opens cases and sends nothing itself: that is for whoever serves.
func TestLaunchOnlyCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.owe(5)
	if _, err := w.launch.Launch(t.Context(), w.mustPlan(good, header+many(5))); err != nil {
		t.Fatal(err)
	}
	if err := w.launch.Bot.Quiet(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, of := range w.cases() {
		if of[0].Phase != "looking" {
			t.Errorf("case %s is %s, want looking: nobody serves yet", id, of[0].Phase)
		}
	}
	w.settle()
	if got := w.got(); got != 5 {
		t.Errorf("%d telephones got a message once somebody serves, want 5", got)
	}
}

// Rows are enrolled, and first messages leave, no faster than the pace: also those that have all waited for the morning.
func TestPace(t *testing.T) {
	t.Parallel()
	const rows = 40
	w := newWorld(t, false)
	w.owe(rows)
	w.move(13 * time.Hour) // 22:00 in New York
	from := w.clock()
	if _, err := w.launch.Launch(t.Context(), w.mustPlan("pace: {rate: 1/s}\n"+good, header+many(rows))); err != nil {
		t.Fatal(err)
	}
	if took := w.clock().Sub(from); took < (rows-1)*time.Second || took > (rows+1)*time.Second {
		t.Errorf("enrolling took %s, want %d s", took, rows-1)
	}
	w.settle()
	if got := w.got(); got != 0 {
		t.Fatalf("%d telephones got a message at night", got)
	}
	w.move(10*time.Hour - w.clock().Sub(from)) // 08:00
	w.settle()
	for second := range 5 {
		if got, most := w.got(), second+3; got > most {
			t.Fatalf("%d telephones got a message %d s after the morning, want at most %d", got, second, most)
		}
		w.move(time.Second)
		w.settle()
	}
	w.lasts(2 * time.Minute)
	if got := w.got(); got != rows {
		t.Errorf("%d telephones got a message in the end, want %d", got, rows)
	}
}

// What is paused begins nothing: the launch waits, and messages that were to leave wait with what time they have. Whoever
// writes is answered. Resumed, all goes on.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	const rows = 10
	w := newWorld(t, false)
	w.owe(rows)
	p := w.mustPlan("pace: {rate: 1/s}\n"+good, header+many(rows))
	paused := 0
	w.launch.Progress = func(n campaign.Progress) {
		if n.Paused {
			paused++
		}
	}
	w.asleep = func(n int) {
		switch n {
		case 3:
			w.set(store.CampaignPaused)
		case 8:
			w.set(store.CampaignRunning)
		}
	}
	r, err := w.launch.Launch(t.Context(), p)
	if err != nil || r.Opened != rows || paused != 5 {
		t.Fatalf("got %+v, %v after being paused for %d s, want %d opened after five", r, err, paused, rows)
	}
	w.set(store.CampaignPaused)
	w.lasts(5*time.Hour + time.Minute) // longer than a first message is worth anything
	if got := w.got(); got != 0 {
		t.Fatalf("%d telephones got a message of a paused campaign", got)
	}
	if _, err := w.launch.Launch(t.Context(), p); !errors.Is(err, campaign.ErrPaused) {
		t.Errorf("launched while it is paused: %v, want ErrPaused", err)
	}
	writer := message.Address("sms:+12125550101")
	if err := w.net.Type(t.Context(), writer, "hello"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := len(w.net.Thread(writer)); got < 2 {
		t.Errorf("whoever wrote sees %d messages, want an answer", got)
	}
	w.set(store.CampaignRunning)
	w.lasts(10 * time.Minute)
	if got := w.got(); got != rows {
		t.Errorf("%d telephones got a message once it is resumed, want %d", got, rows)
	}
}

// What is cancelled enrols nobody more, drops what hasn't left, hands nobody to a person and stays cancelled.
func TestCancel(t *testing.T) {
	t.Parallel()
	const rows = 10
	w := newWorld(t, false)
	w.owe(rows)
	p := w.mustPlan("pace: {rate: 1/s}\n"+good, header+many(rows))
	w.asleep = func(n int) {
		if n == 4 {
			w.set(store.CampaignCancelled)
		}
	}
	r, err := w.launch.Launch(t.Context(), p)
	if !errors.Is(err, campaign.ErrCancelled) || r.Opened < 4 || r.Opened > 5 {
		t.Fatalf("got %+v, %v, want four or five opened and ErrCancelled", r, err)
	}
	w.set(store.CampaignRunning) // in vain
	w.lasts(4 * 24 * time.Hour)
	if got := w.got(); got != 0 {
		t.Errorf("%d telephones got a message of a cancelled campaign", got)
	}
	for id, of := range w.cases() {
		if v := of[0]; v.Queue != "" || v.Outcome != "expired" {
			t.Errorf("case %s ended %q in queue %q, want expired and in none", id, v.Outcome, v.Queue)
		}
	}
	if _, err := w.launch.Launch(t.Context(), p); !errors.Is(err, campaign.ErrCancelled) {
		t.Errorf("launched again: %v, want ErrCancelled", err)
	}
}
