// Phone is a customer's telephone for a first run without a Twilio account. It listens as Twilio's API does, prints each
// message that settle serve sends to it, and delivers what is typed as webhooks, signed as Twilio signs them.
//
//	go run ./channels/twilio/twiliotest/phone --open case.json
//
// A line "/paid 1250.00" reports a payment of the open case, as the payment provider would.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/settle-chat/settle/channels/twilio/twiliotest"
)

func main() {
	p := phone{client: &http.Client{Timeout: 10 * time.Second}}
	flag.StringVar(&p.listen, "listen", "127.0.0.1:8090", "where settle serve finds Twilio: base_url")
	flag.StringVar(&p.serve, "serve", "http://127.0.0.1:8080", "where settle serve listens")
	flag.StringVar(&p.public, "public", "http://127.0.0.1:8080", "its public_url: what webhooks are signed for")
	flag.StringVar(&p.number, "number", "+447700900123", "the customer's number")
	flag.StringVar(&p.bank, "bank", "+15017122661", "the bank's number: from")
	flag.StringVar(&p.open, "open", "", "a file with a case to open at once")
	flag.StringVar(&p.key, "key", "", "the API key; $SETTLE_API_KEY where empty")
	flag.Parse()
	if p.key == "" {
		p.key = os.Getenv("SETTLE_API_KEY")
	}
	if p.open != "" && p.key == "" {
		fmt.Fprintln(os.Stderr, "phone: --open needs the API key: export SETTLE_API_KEY, see settle keys api")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := p.run(ctx, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "phone:", err)
		os.Exit(1)
	}
}

// lastWords is how long messages are still shown once nothing more can be typed.
const lastWords = 3 * time.Second

type phone struct {
	listen, serve, public, number, bank, open, key string

	client *http.Client
	caseID string
}

func (p *phone) run(ctx context.Context, in io.Reader) error {
	fake, err := twiliotest.New()
	if err != nil {
		return err
	}
	defer fake.Close()
	server := &http.Server{Addr: p.listen, Handler: fake.Handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	defer server.Close()
	go p.show(ctx, fake)
	if p.open != "" {
		if err := p.openCase(ctx); err != nil {
			return err
		}
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			lines <- strings.TrimSpace(s.Text())
		}
	}()
	var over <-chan time.Time
	for {
		select {
		case <-over:
			return nil
		case err := <-failed:
			return fmt.Errorf("listen as Twilio: %w", err)
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			switch {
			case !more:
				lines, over = nil, time.After(lastWords) // what is on its way is still shown
			case line == "":
			default:
				if err := p.typed(ctx, fake, line); err != nil {
					fmt.Fprintln(os.Stderr, "phone:", err)
				}
			}
		}
	}
}

// show prints each message to this number.
func (p *phone) show(ctx context.Context, fake *twiliotest.Fake) {
	for n := 0; ; {
		all, err := fake.Wait(ctx, n+1)
		if err != nil {
			return
		}
		for ; n < len(all); n++ {
			if all[n].To == p.number {
				fmt.Printf("< %s\n", strings.ReplaceAll(all[n].Body, "\n", "\n  "))
			}
		}
	}
}

func (p *phone) typed(ctx context.Context, fake *twiliotest.Fake, line string) error {
	if amount, ok := strings.CutPrefix(line, "/paid "); ok {
		if p.caseID == "" {
			return fmt.Errorf("/paid: no case is open here: start with --open")
		}
		return p.call(ctx, "/v1/events", map[string]any{"id": fmt.Sprint(time.Now().UnixNano()), "case": p.caseID, "event": "psp.paid",
			"facts": map[string]string{"amount": amount, "reference": "by-hand"}}, nil)
	}
	if strings.HasPrefix(line, "/") {
		return fmt.Errorf("%s: the only such line is /paid AMOUNT, as in /paid 1250.00", line)
	}
	hook := fake.Inbound(p.public+"/channels/sms/inbound", p.number, p.bank, line)
	status, _, err := hook.Post(ctx, p.client, p.serve)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the webhook was answered with %d: is settle serve running with this public_url?", status)
	}
	return err
}

func (p *phone) openCase(ctx context.Context) error {
	data, err := os.ReadFile(p.open)
	if err != nil {
		return fmt.Errorf("read the case: %w", err)
	}
	var opened struct{ Case string }
	if err := p.call(ctx, "/v1/cases", json.RawMessage(data), &opened); err != nil {
		return err
	}
	p.caseID = opened.Case
	fmt.Printf("(case %s is open)\n", opened.Case)
	return nil
}

// call posts to the API.
func (p *phone) call(ctx context.Context, path string, body, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.serve+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+p.key)
	resp, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("call %s: %w: is settle serve running?", path, err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("call %s: %d: %s", path, resp.StatusCode, said)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(said, answer)
}
