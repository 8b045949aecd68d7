// Package desk is where a person takes on what the engine could not finish: the queues, one conversation with its whole
// story, and what can be done about it.
//
// It promises that nothing is done here by another way than the engine's own: each action is an event, stepped and
// journalled; what can't be done is said and changes nothing. Private facts are shown only while the customer is recognised,
// as the bot would; secret ones never. No page's address holds anything of a customer.
package desk

import (
	"errors"
	"net/http"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/web/ui"
)

// Options is what a desk works with. All of it is needed.
type Options struct {
	Bot   *bot.Bot
	Frame func(title string) ui.Frame
	Agent func(*http.Request) string          // the name of whoever is signed in, for the journal
	Local func(time.Time) time.Time           // into the desk's time zone
	After func(*http.Request) error           // waits until what an action has begun is done; nil: it shows when it is
	Guard func(http.HandlerFunc) http.Handler // lets only those in who are signed in
	Link  func() string                       // makes a link that signs a colleague in; nil: nobody has to sign in
}

// Desk serves the pages. Make it with New.
type Desk struct{ Options }

// New makes a desk.
func New(o Options) *Desk { return &Desk{o} }

// Mount puts the desk's pages below /desk.
func (d *Desk) Mount(mux *http.ServeMux) {
	mux.Handle("GET /desk", d.Guard(d.list(listPage)))
	mux.Handle("GET /desk/waiting", d.Guard(d.list(waiting)))
	mux.Handle("GET /desk/{conversation}/{case}", d.Guard(d.one(func(w http.ResponseWriter, r *http.Request, v oneView) {
		ui.Write(w, r, http.StatusOK, onePage(v))
	})))
	mux.Handle("GET /desk/{conversation}/{case}/story", d.Guard(d.story))
	mux.Handle("POST /desk/{conversation}/{case}", d.Guard(d.act))
	if d.Link != nil {
		mux.Handle("POST /desk/link", d.Guard(func(w http.ResponseWriter, r *http.Request) {
			ui.Write(w, r, http.StatusOK, linkPage(d.Frame("A link for a colleague"), d.Link()))
		}))
	}
}

// act does one action and shows the case again, with what was refused and why.
func (d *Desk) act(w http.ResponseWriter, r *http.Request) {
	a := fsm.AgentActed{Agent: d.Agent(r), Action: r.PostFormValue("action"), Case: r.PathValue("case")}
	switch a.Action {
	case "claim", "return":
	case "reply":
		a.Text = r.PostFormValue("text")
	case "resolve":
		a.Outcome = r.PostFormValue("outcome")
	default:
		http.Error(w, "There is no such action.", http.StatusBadRequest)
		return
	}
	key := r.PostFormValue("key") // made with the form
	if len(key) < 20 || len(key) > 40 {
		http.Error(w, "Open the case again: this page is too old.", http.StatusBadRequest)
		return
	}
	err := d.Bot.Act(r.Context(), r.PathValue("conversation"), once(key, a), a)
	if refusal := (*fsm.Refusal)(nil); errors.As(err, &refusal) {
		d.refuse(w, r, refusal.Why, a.Text)
		return
	}
	if err == nil && d.After != nil {
		err = d.After(r)
	}
	if err != nil {
		d.fail(w, r, err, a.Text)
		return
	}
	v, err := d.oneView(r)
	switch {
	case gone(err): // it was ended: back to what still waits
		http.Redirect(w, r, "/desk", http.StatusSeeOther)
	case err != nil:
		ui.Fail(w, r, err)
	default: // in the conversation that it is in now, where two have become one
		http.Redirect(w, r, v.path, http.StatusSeeOther)
	}
}

// refuse shows a case again, with what wasn't done and why.
func (d *Desk) refuse(w http.ResponseWriter, r *http.Request, why, text string) {
	v, err := d.oneView(r)
	if err != nil {
		d.fail(w, r, err, text)
		return
	}
	v.refused, v.text = why, text
	ui.Write(w, r, http.StatusUnprocessableEntity, onePage(v))
}

// story is the part of an open page that has changed; that nothing waits any more is news too.
func (d *Desk) story(w http.ResponseWriter, r *http.Request) {
	v, err := d.oneView(r)
	switch {
	case gone(err):
		ui.Write(w, r, http.StatusOK, goneNote())
	case err != nil:
		ui.Fail(w, r, err)
	default:
		ui.Write(w, r, http.StatusOK, told(v))
	}
}

// gone says whether an error means that nothing waits for a person there any more, or never did.
func gone(err error) bool {
	return errors.Is(err, bot.ErrNotWaiting) || errors.Is(err, store.ErrNotFound) || errors.Is(err, fsm.ErrNoCase)
}

// fail says what an agent can act on. text is the reply that wasn't sent: what was written isn't lost with its case.
func (d *Desk) fail(w http.ResponseWriter, r *http.Request, err error, text string) {
	if gone(err) {
		ui.Write(w, r, http.StatusNotFound, gonePage(d.Frame("Nothing waits here"), text))
		return
	}
	ui.Fail(w, r, err)
}
