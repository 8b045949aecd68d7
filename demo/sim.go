package demo

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/web/ui"
)

// simView is everything that the telephone's page shows.
type simView struct {
	frame    ui.Frame
	path     string // of this thread: /sim/c1/whatsapp
	contact  *Contact
	channel  string
	contacts []person
	bubbles  []simulator.Bubble
	typing   bool
	open     string // a page that a message links to, shown in the telephone
	insight  Insight
	now      time.Time
}

// person is one line of the contacts' list.
type person struct {
	contact *Contact
	channel string // where their thread goes on
	state   string
}

func (d *Demo) mountSim(mux *http.ServeMux) {
	mux.HandleFunc("GET /sim", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/sim/c1/"+channelNames[0], http.StatusSeeOther)
	})
	mux.HandleFunc("GET /sim/{contact}/{channel}", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		ui.Write(w, r, http.StatusOK, simPage(v))
	}))
	mux.HandleFunc("GET /sim/{contact}/{channel}/thread", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		if err := d.network.Read(r.Context(), v.contact.Address(v.channel)); err != nil { // whoever has the page open looks at the thread
			ui.Fail(w, r, err)
			return
		}
		ui.Write(w, r, http.StatusOK, thread(v))
	}))
	mux.HandleFunc("GET /sim/{contact}/{channel}/engine", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		ui.Write(w, r, http.StatusOK, engine(v))
	}))
	mux.HandleFunc("GET /sim/{contact}/{channel}/people", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		ui.Write(w, r, http.StatusOK, people(v))
	}))
	mux.HandleFunc("GET /sim/{contact}/{channel}/clock", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		ui.Write(w, r, http.StatusOK, clockFace(v))
	}))
	mux.HandleFunc("POST /sim/{contact}/{channel}/messages", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		text := strings.TrimSpace(r.PostFormValue("text"))
		if text != "" {
			if err := d.network.Type(r.Context(), v.contact.Address(v.channel), text); err != nil {
				ui.Fail(w, r, fmt.Errorf("type a message: %w", err))
				return
			}
		}
		if ui.Part(r) {
			ui.Write(w, r, http.StatusOK, composer(v)) // an empty one
			return
		}
		ui.Done(w, r, v.path)
	}))
	mux.HandleFunc("POST /sim/{contact}/{channel}/taps", d.threaded(func(w http.ResponseWriter, r *http.Request, v simView) {
		bubble, err := strconv.Atoi(r.PostFormValue("bubble"))
		if err == nil {
			err = d.network.Tap(r.Context(), v.contact.Address(v.channel), bubble, r.PostFormValue("choice"))
		}
		if err != nil {
			http.Error(w, "That button isn't there any more.", http.StatusNotFound)
			return
		}
		ui.Done(w, r, v.path)
	}))
	mux.HandleFunc("POST /clock", d.moveClock)
}

// moveClock moves the time to the next timer, or forward by what the form says.
func (d *Demo) moveClock(w http.ResponseWriter, r *http.Request) {
	var err error
	switch by := r.PostFormValue("by"); by {
	case "next":
		_, err = d.Skip(r.Context())
	default:
		var span time.Duration
		if span, err = time.ParseDuration(by); err != nil || span <= 0 || span > 31*24*time.Hour {
			http.Error(w, "Move the clock by up to 31 days, for example by 24h.", http.StatusBadRequest)
			return
		}
		err = d.Advance(r.Context(), span)
	}
	if err != nil {
		ui.Fail(w, r, fmt.Errorf("move the clock: %w", err))
		return
	}
	back := r.PostFormValue("back")
	if !strings.HasPrefix(back, "/sim/") {
		back = "/sim"
	}
	ui.Done(w, r, back)
}

// threaded finds the thread that a path names, and reads what is shown of it.
func (d *Demo) threaded(next func(http.ResponseWriter, *http.Request, simView)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		contact, channel := d.contact(r.PathValue("contact")), r.PathValue("channel")
		if contact == nil || channelLabel(channel) == "" {
			http.NotFound(w, r)
			return
		}
		v, err := d.simView(r.Context(), contact, channel)
		if err != nil {
			ui.Fail(w, r, err)
			return
		}
		if open := r.URL.Query().Get("open"); playedPath.MatchString(open) {
			v.open = open
		}
		next(w, r, v)
	}
}

func (d *Demo) simView(ctx context.Context, c *Contact, channel string) (simView, error) {
	v := simView{
		frame: d.frame("The phone", "/sim"), path: "/sim/" + c.ID + "/" + channel, contact: c, channel: channel, now: d.here(),
	}
	address := c.Address(channel)
	v.bubbles, v.typing = onScreen(d.network.Thread(address))
	insight, err := d.insight(ctx, c)
	if err != nil {
		return v, err
	}
	v.insight = insight
	for _, each := range d.contacts {
		p := person{contact: each, channel: channel, state: "not written to yet"}
		document, _, err := d.document(ctx, each)
		if err != nil {
			return v, err
		}
		if document != nil {
			if k := current(document); k != nil {
				p.state = cmp.Or(k.Outcome, k.State, string(k.Phase))
				if name, _, ok := strings.Cut(string(k.Thread), ":"); ok {
					p.channel = name
				}
			}
			if document.Handoff != nil {
				p.state = "with a person"
			}
		}
		v.contacts = append(v.contacts, p)
	}
	return v, nil
}

// here is the demo's time where its customers live.
func (d *Demo) here() time.Time {
	now := d.Clock.Now()
	if z, err := policy.Zone(zone); err == nil {
		return now.In(z)
	}
	return now
}

// channelLabel is a channel's name for people; empty where the demo has no such channel.
func channelLabel(channel string) string {
	return map[string]string{"sms": "SMS", "whatsapp": "WhatsApp"}[channel]
}

// piece is a stretch of a text; link is the demo's own page where it is a link that the demo plays.
type piece struct{ text, link string }

// A payment page's link in a message, and its path in the demo.
var (
	played     = regexp.MustCompile(`https://pay\.example/p/([A-Za-z0-9_-]+)`)
	playedPath = regexp.MustCompile(`^` + payPath + `[A-Za-z0-9_-]+$`)
)

// pieces cuts a text at the links that the demo can open: the payment provider's pages.
func pieces(text string) []piece {
	var all []piece
	at := 0
	for _, m := range played.FindAllStringSubmatchIndex(text, -1) {
		all = append(all, piece{text: text[at:m[0]]}, piece{text: text[m[0]:m[1]], link: payPath + text[m[2]:m[3]]})
		at = m[1]
	}
	return append(all, piece{text: text[at:]})
}

func title(in Insight) string {
	if in.Workflow != nil && in.Workflow.Title != "" {
		return in.Workflow.Title
	}
	name, _, _ := strings.Cut(in.Case.Workflow, "@")
	return name
}

// until says when an assurance ends.
func until(in Insight, now time.Time) string {
	if in.Standing.Until.IsZero() {
		return ""
	}
	return ", until " + in.Standing.Until.In(now.Location()).Format("15:04 on 2 Jan")
}

// evidence says in words what a piece of evidence is. Its address stays masked.
func evidence(e policy.Evidence) string {
	words := map[policy.EvidenceKind]string{
		policy.ProviderSigned: "a message that the provider has signed",
		policy.KnownFacts:     "two known facts of different classes",
		policy.FactAndCode:    "a known fact and a code typed in its thread",
	}
	return fmt.Sprintf("%s, from %s", cmp.Or(words[e.Kind], string(e.Kind)), e.Address)
}

// timerName is a timer's name without its generation.
func timerName(t fsm.Timer) string {
	name, _, _ := strings.Cut(t.Name, "#")
	return name
}

// happened names an event as the journal's line does.
func happened(e fsm.Entry) string {
	switch ev := e.Event; {
	case ev.Opened != nil:
		return "case opened"
	case ev.Received != nil:
		if ev.Received.Choice != "" {
			return "the customer tapped"
		}
		return "the customer wrote"
	case ev.Receipt != nil:
		return "receipt: " + string(ev.Receipt.Status)
	case ev.Timer != nil:
		name, _, _ := strings.Cut(ev.Timer.Timer, "#")
		return "timer: " + name
	case ev.Done != nil:
		return "done: " + string(ev.Done.Result)
	case ev.Reported != nil:
		return "news: " + ev.Reported.Event
	case ev.Agent != nil:
		return "agent: " + ev.Agent.Action
	}
	return "conversation merged"
}
