package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/store/storetest"
)

// late is one client of the bank whose data we have, at least a month late.
type late struct {
	n       int
	balance string
	days    int
	ref     string
	number  string
}

// readLate reads the first n clients who are at least one month late. Addresses are made up, from Ofcom's range for drama.
func readLate(t *testing.T, n int) []late {
	t.Helper()
	path := filepath.Join("..", "shared", "data", "credit-card-clients.csv")
	f, err := os.Open(path)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the clients' data is missing: %v", err)
		}
		t.Skipf("the clients' data is not beside the project: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	var all []late
	for _, row := range rows[1:] {
		months, err := strconv.Atoi(row[column["PAY_0"]])
		if err != nil {
			t.Fatal(err)
		}
		if months < 1 {
			continue
		}
		i := len(all)
		all = append(all, late{n: i, balance: row[column["BILL_AMT1"]] + ".00", days: 30 * months, ref: "CC-" + row[column["ID"]], number: fmt.Sprintf("+447700900%03d", i)})
		if len(all) == n {
			return all
		}
	}
	t.Fatalf("only %d clients are late", len(all))
	return nil
}

// The main job on real input: the first 300 clients of a real bank who are at least one month late, opened through the API
// of the real service on a real Redis; signed webhooks as their answers; replies at a Twilio at the wire; promises, disputes
// and payments as rows in the ledger; blocked cases as hand-offs with their transcripts.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	clients := readLate(t, 300)
	d := deploy(t)
	d.seed(clients)

	people := make([]*person, len(clients))
	for i, c := range clients {
		people[i] = &person{late: c, d: d, inbox: make(chan string, 32)}
		d.people[c.number] = people[i]
	}
	go d.deliver()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	each(t, 16, people, func(p *person) error { return p.open(ctx) })

	due := make([]*person, 0, len(people))
	for _, p := range people {
		if p.balanceAtLeast(50) {
			p.means = intentions[len(due)%len(intentions)]
			due = append(due, p)
		}
	}
	each(t, 32, due, func(p *person) error { return p.live(ctx) })
	if t.Failed() {
		return
	}
	d.check(people, due)
}

// deployment is a service of its own: Redis, Twilio, ledger, configuration.
type deployment struct {
	t      *testing.T
	twilio *twiliotest.Fake
	bank   *ledger.Ledger
	config string
	url    string
	people map[string]*person
	stop   chan struct{}

	mu   sync.Mutex
	sent int // guarded by mu; webhooks answered with 200
}

const (
	apiKey    = "first-run-key"
	publicURL = "https://chat.acme.example"
	bankSMS   = "+15017122661"
)

func deploy(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{t: t, people: make(map[string]*person), stop: make(chan struct{})}
	redis := storetest.Redis(t)
	var err error
	if d.twilio, err = twiliotest.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.twilio.Close)
	t.Cleanup(func() { close(d.stop) })
	dir := t.TempDir()
	if d.bank, err = ledger.Open(filepath.Join(dir, "ledger.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.bank.Close() })
	keyset, err := storetest.Keyset(t).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keyset.json"), keyset, 0o600); err != nil {
		t.Fatal(err)
	}
	shipped, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(apiKey))
	d.config = filepath.Join(dir, "settle.yaml")
	service := fmt.Sprintf(`
public_url: %s
listen: 127.0.0.1:0
admin_listen: 127.0.0.1:0
data_dir: %s
redis: {url: "%s"}
keyset: "${file:%s}"
api_keys: [{name: core, sha256: %s, scopes: [cases, events]}]
channels:
  sms: {kind: twilio, account_sid: %s, auth_tokens: [%s], from: "%s", base_url: %s}
`, publicURL, dir, redis.URL(), filepath.Join(dir, "keyset.json"), hex.EncodeToString(digest[:]),
		twiliotest.AccountSID, twiliotest.AuthToken, bankSMS, d.twilio.URL)
	if err := os.WriteFile(d.config, append(shipped, service...), 0o600); err != nil {
		t.Fatal(err)
	}
	d.serve()
	return d
}

// serve runs the service until the test ends, on a Tuesday at ten: at night it would rightly write to nobody.
func (d *deployment) serve() {
	d.t.Helper()
	c, err := config.Read(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	ahead := time.Until(rehearsedStart)
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), clockKey{}, func() time.Duration { return ahead }))
	up, ended := make(chan string, 1), make(chan error, 1)
	var log bytes.Buffer
	go func() {
		ended <- serve(ctx, c, zerolog.New(zerolog.SyncWriter(&log)), serving{listening: func(public, _ string) { up <- "http://" + public }})
	}()
	d.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Errorf("serve: %v", err)
		}
		for _, p := range d.people {
			for _, secret := range []string{p.number, strings.TrimPrefix(p.number, "+"), "Thandi"} {
				if strings.Contains(log.String(), secret) {
					d.t.Errorf("the log holds %q: nothing personal may", secret)
					return
				}
			}
		}
		if d.t.Failed() {
			d.t.Logf("log:\n%s", tail(log.String(), 4000))
		}
	})
	select {
	case d.url = <-up:
	case err := <-ended:
		ended <- nil
		d.t.Fatalf("serve: %v", err)
	}
}

func tail(s string, n int) string {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}

func (d *deployment) seed(clients []late) {
	d.t.Helper()
	accounts := make([]ledger.Account, len(clients))
	for i, c := range clients {
		accounts[i] = ledger.Account{Ref: c.ref, Customer: "customer-" + c.ref, Balance: c.balance, DaysPastDue: c.days}
	}
	if err := d.bank.Seed(context.Background(), accounts); err != nil {
		d.t.Fatal(err)
	}
}

// deliver hands each message that Twilio has taken to whoever it is for.
func (d *deployment) deliver() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-d.stop
		cancel()
	}()
	for n := 0; ; {
		all, err := d.twilio.Wait(ctx, n+1)
		if err != nil {
			return
		}
		for ; n < len(all); n++ {
			if p := d.people[all[n].To]; p != nil {
				p.inbox <- all[n].Body
			}
		}
	}
}

// post calls the API and reads its answer.
func (d *deployment) post(ctx context.Context, path string, body, answer any) (int, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+path, bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	return d.do(r, answer)
}

func (d *deployment) do(r *http.Request, answer any) (int, error) {
	r.Header.Set("Authorization", "Bearer "+apiKey)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode >= 300 {
		return resp.StatusCode, fmt.Errorf("%s %s: %d: %s", r.Method, r.URL.Path, resp.StatusCode, data)
	}
	if answer == nil {
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.Unmarshal(data, answer)
}

// each does something for all people, so many at a time.
func each(t *testing.T, atOnce int, people []*person, do func(*person) error) {
	t.Helper()
	slots := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for _, p := range people {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if err := do(p); err != nil {
				t.Errorf("client %d, who means to %s: %v", p.n, p.means, err)
			}
		})
	}
	wait.Wait()
}

// intention is what a client means to do.
type intention string

const (
	promise  intention = "promise"
	dispute  intention = "dispute"
	pay      intention = "pay"
	payPart  intention = "pay part"
	hardship intention = "say that they can't pay"
	guess    intention = "guess the facts"
	optOut   intention = "stop"
	askAgent intention = "ask for a person"
	stranger intention = "be somebody else"
)

// intentions come round in this order. Few guess: many at once would rightly trip the breaker.
var intentions = []intention{promise, dispute, pay, payPart, hardship, optOut, askAgent, stranger,
	promise, dispute, pay, payPart, hardship, guess, askAgent, stranger}

// person is one client with a telephone.
type person struct {
	late
	d      *deployment
	means  intention
	inbox  chan string
	opened bot.Opened
}

func (p *person) balanceAtLeast(least float64) bool {
	b, err := strconv.ParseFloat(p.balance, 64) // a test's own arithmetic, not the engine's
	return err == nil && b >= least
}

// open opens the case, twice: the second time changes nothing.
func (p *person) open(ctx context.Context) error {
	body := map[string]any{
		"id": "late-" + p.ref, "event": "account.overdue", "customer": "customer-" + p.ref, "ref": p.ref,
		"language": "en", "zone": "Europe/London", "addresses": []string{"sms:" + p.number},
		"facts": map[string]any{"first_name": "Thandi", "account_last4": fmt.Sprintf("%04d", p.n), "due_date": "2026-11-01",
			"date_of_birth": "1990-03-14", "postcode": "2196"},
		"consent": []map[string]any{{"channel": "sms", "purpose": "collection", "given": true, "source": "card agreement", "at": "2025-01-01T00:00:00Z"}},
	}
	status, err := p.d.post(ctx, "/v1/cases", body, &p.opened)
	if err != nil || status != http.StatusCreated {
		return fmt.Errorf("open: %d %w", status, err)
	}
	var again bot.Opened
	status, err = p.d.post(ctx, "/v1/cases", body, &again)
	if err != nil || status != http.StatusOK || again.Case != p.opened.Case {
		return fmt.Errorf("open again: %d, case %q, want 200 and the same case %q: %w", status, again.Case, p.opened.Case, err)
	}
	return nil
}

// says sends one message as Twilio does: signed, and now and then several times at once.
func (p *person) says(ctx context.Context, text string) error {
	hook := p.d.twilio.Inbound(publicURL+"/channels/sms/inbound", p.number, bankSMS, text)
	times := 1
	if rand.N(5) == 0 {
		times = 5
	}
	failed := make(chan error, times)
	for range times {
		go func() {
			status, _, err := hook.Post(ctx, http.DefaultClient, p.d.url)
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("webhook answered %d", status)
			}
			failed <- err
		}()
	}
	for range times {
		if err := <-failed; err != nil {
			return err
		}
	}
	p.d.mu.Lock()
	p.d.sent++
	p.d.mu.Unlock()
	return nil
}

// hears waits for the next message, which must hold text.
func (p *person) hears(ctx context.Context, text string) (string, error) {
	select {
	case got := <-p.inbox:
		if !strings.Contains(got, text) {
			return got, fmt.Errorf("heard %q, want it to hold %q", got, text)
		}
		return got, nil
	case <-ctx.Done():
		return "", fmt.Errorf("waited for %q: %w", text, ctx.Err())
	}
}

// exchange is say and hear, in turn.
func (p *person) exchange(ctx context.Context, turns ...string) (string, error) {
	var got string
	for i, turn := range turns {
		var err error
		if i%2 == 0 {
			got, err = p.hears(ctx, turn)
		} else {
			err = p.says(ctx, turn)
		}
		if err != nil {
			return got, fmt.Errorf("turn %d: %w", i+1, err)
		}
	}
	return got, nil
}

// live is what a client does, from the first message to the end.
func (p *person) live(ctx context.Context) error {
	known := []string{"Thandi", "1", "day and month of birth", "14 March 2196", "was due"}
	then := func(turns ...string) error {
		_, err := p.exchange(ctx, append(append([]string{}, known...), turns...)...)
		return err
	}
	switch p.means {
	case promise:
		if p.days > 60 { // policy doesn't offer it
			return then("pay on a date", "don't follow")
		}
		return then("pay on a date", "How much", p.balance, "On which day", "tomorrow", "Right?", "yes", "recorded")
	case dispute:
		return then("I disagree", "What is wrong?", "2", "Right?", "YES", "recorded")
	case pay:
		return p.pay(ctx, known, "1", p.balance, "received")
	case payPart:
		return p.pay(ctx, known, "pay part", "", "received")
	case hardship:
		return then("I can't pay", "telling us")
	case guess:
		_, err := p.exchange(ctx, "Thandi", "1", "day and month of birth", "15 March 2196", "doesn't match", "14 April 2196", "doesn't match",
			"14 March 2197", "colleague")
		return err
	case optOut:
		_, err := p.exchange(ctx, "Thandi", "S T O P!", "START")
		return err
	case askAgent:
		return then("agent", "colleague")
	case stranger:
		_, err := p.exchange(ctx, "Thandi", "2", "Thank you")
		return err
	}
	return fmt.Errorf("means nothing")
}

// pay chooses a payment, and the payment provider reports it.
func (p *person) pay(ctx context.Context, known []string, choice, amount, end string) error {
	turns := append(append([]string{}, known...), choice)
	if amount == "" {
		if !p.balanceAtLeast(200) {
			amount = p.balance
		} else {
			amount = strconv.Itoa(int(mustFloat(p.balance)/2)) + ".00"
		}
		turns = append(turns, "How much", amount)
	}
	if _, err := p.exchange(ctx, append(turns, "https://")...); err != nil {
		return err
	}
	news := map[string]any{"id": "paid-" + p.ref, "case": p.opened.Case, "event": "psp.paid",
		"facts": map[string]any{"amount": amount, "reference": p.ref}}
	for range 2 { // a provider that reports twice
		if _, err := p.d.post(ctx, "/v1/events", news, nil); err != nil {
			return err
		}
	}
	_, err := p.exchange(ctx, end)
	return err
}

func mustFloat(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return f
}

// check looks at what is left once everybody is done: the ledger's rows, the cases, the hand-offs, and that nobody was
// written to once too often.
func (d *deployment) check(people, due []*person) {
	t := d.t
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	wantRows := map[string]int{}
	wantQueue := map[string]int{}
	for _, p := range due {
		switch p.means {
		case promise:
			if p.days <= 60 {
				wantRows["promises"]++
			}
		case dispute:
			wantRows["disputes"]++
		case pay, payPart:
			wantRows["payments"]++
		case hardship:
			wantRows["hardships"]++
			wantQueue["hardship"]++
		case guess, askAgent:
			wantQueue["care"]++
		case stranger:
			wantRows["flags"]++
			wantQueue["data-quality"]++
		}
	}
	for table, want := range wantRows {
		eventually(ctx, t, func() error {
			rows, err := d.bank.Rows(ctx, table)
			if err == nil && len(rows) != want {
				err = fmt.Errorf("%d rows in %s, want %d", len(rows), table, want)
			}
			return err
		})
	}

	for _, p := range people {
		p.checkCase(ctx, t)
		if n := len(p.inbox); n > 0 {
			t.Errorf("client %d, who means to %s, was written to %d times more: %q", p.n, p.means, n, <-p.inbox)
		}
	}
	if refused := d.twilio.Refused(); len(refused) > 0 {
		t.Errorf("Twilio's contract refuses %v", refused)
	}
	d.checkHandoffs(ctx, wantQueue)
	d.checkForged(ctx)
	t.Logf("%d cases, %d of them due; %d webhooks answered; %d messages sent; rows %v; hand-offs %v",
		len(people), len(due), d.sent, len(d.twilio.Messages()), wantRows, wantQueue)
}

func (p *person) checkCase(ctx context.Context, t *testing.T) {
	t.Helper()
	want := map[intention]string{dispute: "disputed", pay: "paid", hardship: "hardship", guess: "cannot-verify", askAgent: "asked-for-agent", stranger: "wrong-person"}[p.means]
	if p.means == promise && p.days <= 60 {
		want = "promised"
	}
	if p.means == "" {
		want = "not-due"
	}
	if want == "" {
		return
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.d.url+"/v1/cases/"+p.opened.Case, nil)
	if err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, func() error {
		var v bot.CaseView
		if _, err := p.d.do(r, &v); err != nil {
			return err
		}
		if got := v.Outcome + v.Exception; got != want {
			return fmt.Errorf("case of client %d, who means to %s, stands at %q, want %q", p.n, p.means, got, want)
		}
		return nil
	})
}

// checkHandoffs looks at the hand-offs as whoever is on call does, from the command line.
func (d *deployment) checkHandoffs(ctx context.Context, want map[string]int) {
	t := d.t
	t.Helper()
	got := map[string]int{}
	var shown string
	for _, line := range strings.Split(strings.TrimSpace(d.settle(ctx, "handoffs", "--json")), "\n") {
		var h struct{ Conversation, Queue, Reason string }
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			t.Fatalf("settle handoffs --json: %v in %q", err, line)
		}
		if h.Reason == "disputed" {
			continue // an ended case that a queue sees to
		}
		got[h.Queue]++
		if h.Reason == "asked-for-agent" {
			shown = h.Conversation
		}
	}
	for queue, n := range want {
		if got[queue] != n {
			t.Errorf("queue %s has %d hand-offs, want %d", queue, got[queue], n)
		}
	}
	transcript := d.settle(ctx, "handoffs", "show", shown)
	for _, wanted := range []string{"asked-for-agent", "Thandi", "was due", "[answer]"} {
		if !strings.Contains(transcript, wanted) {
			t.Errorf("the hand-off's transcript doesn't hold %q:\n%s", wanted, transcript)
		}
	}
	if strings.Contains(transcript, "14 March") {
		t.Error("the hand-off's transcript holds what the customer typed to be recognised")
	}
}

// settle runs a command of the program against the deployment.
func (d *deployment) settle(ctx context.Context, args ...string) string {
	d.t.Helper()
	var out, errOut bytes.Buffer
	if code := runContext(ctx, append(args, "--config", d.config), strings.NewReader(""), &out, &errOut); code != exitFine {
		d.t.Fatalf("settle %s: exit %d: %s", strings.Join(args, " "), code, errOut.String())
	}
	return out.String()
}

// checkForged sends a message whose signature is wrong: 403, empty.
func (d *deployment) checkForged(ctx context.Context) {
	d.t.Helper()
	hook := d.twilio.Inbound(publicURL+"/channels/sms/inbound", "+447700900999", bankSMS, "hello")
	hook.Token = "0123456789abcdef0123456789abcdef"
	status, body, err := hook.Post(ctx, http.DefaultClient, d.url)
	if err != nil || status != http.StatusForbidden || len(body) > 0 {
		d.t.Errorf("forged webhook: %d %q %v, want 403 and nothing", status, body, err)
	}
}

// eventually asks until there is no error, or ctx ends.
func eventually(ctx context.Context, t *testing.T, ask func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Error(err)
			return
		case <-tick.C:
		}
	}
}
