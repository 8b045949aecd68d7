package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/web/desk"
	"github.com/settle-chat/settle/web/ui"
)

// servedDesk is the agents' desk beside the webhooks.
type servedDesk struct {
	signIn  *desk.SignIn
	desk    *desk.Desk
	changes ui.Changes
}

func newServedDesk(b *bot.Bot, c *config.Config) *servedDesk {
	frame := func(title string) ui.Frame {
		return ui.Frame{Title: title, Here: "/desk", Links: []ui.Link{{Path: "/desk", Name: "Desk"}}}
	}
	live := func(title string) ui.Frame { // only for whoever is signed in
		f := frame(title)
		f.Live = "/desk/live"
		return f
	}
	d := &servedDesk{signIn: desk.NewSignIn(frame, strings.HasPrefix(c.PublicURL, "https://"))}
	d.desk = desk.New(desk.Options{
		Bot: b, Frame: live, Agent: d.signIn.Agent, Guard: d.signIn.Guard,
		Local: func(t time.Time) time.Time { return t.Local() },
		Link:  func() string { return c.PublicURL + d.signIn.Link() },
	})
	return d
}

func (d *servedDesk) mount(mux *http.ServeMux) {
	d.signIn.Mount(mux)
	d.desk.Mount(mux)
	mux.Handle("GET /desk/live", d.signIn.Guard(d.changes.ServeHTTP))
}

// deskEvery is how often open pages look again: another process may have changed what they show.
const deskEvery = 2 * time.Second

// watch tells open pages to look again, until ctx ends; then their streams end.
func (d *servedDesk) watch(ctx context.Context) {
	defer d.changes.Close()
	tick := time.NewTicker(deskEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.changes.Tell()
		}
	}
}
