package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/web/ui"
)

// story is the guided tour: where it stands. The zero value is at its beginning.
type story struct {
	mu      sync.Mutex
	done    int  // guarded by mu; steps done
	strayed bool // guarded by mu; somebody has written in its thread meanwhile, and its next step isn't there any more
}

// step is one thing that happens in the story.
type step struct {
	title string
	means string
	do    func(context.Context, *Demo) error
}

// hero is the contact whose story it is, and where it happens.
const (
	hero        = "c1"
	heroChannel = "whatsapp"
)

// steps are the seed case: a reminder, recognised, a promise to pay, written back.
var steps = []step{
	{"A reminder", "The bank's core has said that an account is overdue. Nothing in the first message says so: whoever holds the telephone may not be the customer.", nil},
	{"Thandi replies", "Her reply comes signed by the provider, from the address on file: the engine now knows a device. That is not enough to show a balance, so it asks for two facts.", tap("continue")},
	{"She is recognised", "Two facts of different classes, compared as keyed hashes and kept nowhere. Now she sees the balance, and only what policy lets her choose.", typed("14 March 2196")},
	{"She promises to pay", "“4 friday” picks the fourth option and answers its next question; what is still missing is asked.", typed("4 friday")},
	{"She says how much", "The amount is read as money, exactly, and checked against what the policy allows.", typed("1250")},
	{"She confirms", "What was understood is read back before anything is written. After her yes the promise is written to the ledger, and the case has ended.", tap("yes")},
}

// tap taps the newest message's button of that name.
func tap(choice string) func(context.Context, *Demo) error {
	return func(ctx context.Context, d *Demo) error {
		address := d.contact(hero).Address(heroChannel)
		for _, b := range slices.Backward(d.network.Thread(address)) {
			for _, c := range b.Choices {
				if strings.HasSuffix(c.ID, "."+choice) {
					return d.network.Tap(ctx, address, b.N, c.ID)
				}
			}
		}
		return fmt.Errorf("tap %s: %w", choice, errStrayed)
	}
}

var errStrayed = errors.New("no message of the thread shows it")

func typed(text string) func(context.Context, *Demo) error {
	return func(ctx context.Context, d *Demo) error {
		return d.network.Type(ctx, d.contact(hero).Address(heroChannel), text)
	}
}

// homeView is everything that the first page shows.
type homeView struct {
	frame   ui.Frame
	done    int
	strayed bool
	bubbles []simulator.Bubble
	row     map[string]string // the promise, once it is in the ledger
	now     time.Time
}

func (d *Demo) mountHome(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", d.homely(func(w http.ResponseWriter, r *http.Request, v homeView) {
		ui.Write(w, r, http.StatusOK, homePage(v))
	}))
	mux.HandleFunc("GET /story", d.homely(func(w http.ResponseWriter, r *http.Request, v homeView) {
		ui.Write(w, r, http.StatusOK, storyPart(v))
	}))
	mux.HandleFunc("POST /story", func(w http.ResponseWriter, r *http.Request) {
		if err := d.step(r.Context()); err != nil {
			ui.Fail(w, r, fmt.Errorf("the story's next step: %w", err))
			return
		}
		ui.Done(w, r, "/")
	})
}

// step does the story's next step and waits until the engine has answered.
func (d *Demo) step(ctx context.Context) error {
	d.story.mu.Lock()
	defer d.story.mu.Unlock()
	if d.story.done >= len(steps) {
		return nil
	}
	if do := steps[d.story.done].do; do != nil {
		switch err := do(ctx, d); {
		case errors.Is(err, errStrayed), errors.Is(err, simulator.ErrNotShown):
			d.story.strayed = true
			d.changes.Tell()
			return nil
		case err != nil:
			return err
		}
	}
	if err := d.Advance(ctx, deliveredIn); err != nil { // what is answered arrives before the next step is offered
		return err
	}
	d.story.done++
	return nil
}

func (d *Demo) homely(next func(http.ResponseWriter, *http.Request, homeView)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := homeView{frame: d.frame("The story", "/"), now: d.here()}
		d.story.mu.Lock()
		v.done, v.strayed = d.story.done, d.story.strayed
		d.story.mu.Unlock()
		v.bubbles, _ = onScreen(d.network.Thread(d.contact(hero).Address(heroChannel)))
		rows, err := d.books.Rows(r.Context(), "promises")
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		for _, row := range rows {
			if row["ref"] == d.contact(hero).Ref {
				v.row = row
			}
		}
		next(w, r, v)
	}
}
