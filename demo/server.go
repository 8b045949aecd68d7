package demo

import (
	"net/http"
	"time"

	"github.com/settle-chat/settle/web/desk"
	"github.com/settle-chat/settle/web/ui"
)

// Handler serves the demo's pages.
func (d *Demo) Handler() http.Handler {
	mux := http.NewServeMux()
	ui.MountAssets(mux)
	mux.Handle("GET /live", &d.changes)
	d.mountHome(mux)
	d.mountSim(mux)
	d.mountBooks(mux)
	d.mountPay(mux)
	d.mountGraph(mux)
	desk.New(desk.Options{
		Bot: d.bot, Frame: func(title string) ui.Frame { return d.frame(title, "/desk") },
		Agent: func(*http.Request) string { return "Nomsa" }, // the demo's only colleague: nobody has to sign in
		Local: func(t time.Time) time.Time { return t.In(d.here().Location()) },
		After: func(r *http.Request) error { return d.settle(r.Context()) },
		Guard: func(h http.HandlerFunc) http.Handler { return h },
	}).Mount(mux)
	return ui.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(d.Log.WithContext(r.Context())))
	}))
}

// frame is what stands around a page of the demo.
func (d *Demo) frame(title, here string) ui.Frame {
	return ui.Frame{
		Title: title, Here: here, Live: "/live", Note: "A demo: everything ends with it",
		Links: []ui.Link{{Path: "/", Name: "Story"}, {Path: "/sim", Name: "Phone"}, {Path: "/desk", Name: "Desk"}, {Path: "/ledger", Name: "Ledger"}},
	}
}
