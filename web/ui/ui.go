// Package ui is what Settle's pages share: the frame around them, the style, live updates, and the headers that keep a
// page to itself.
//
// It promises that no page loads anything from elsewhere and none has a script or a style of its own (the content security
// policy refuses both), that a form posted by another site is refused, and that a page is whole without scripts: they only
// bring in what has changed.
package ui

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/rs/zerolog"
)

// assets are the style, and htmx 4.0.1 with its extension for server-sent events, unchanged (its licence is beside it).
//
//go:embed assets
var assets embed.FS

// Policy is the content security policy of every page: only what this server serves, nothing inline, framed by nobody else.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"

// mostForm is how much a form may bring: the longest reply of an agent, written in a browser's way, is a quarter of it.
const mostForm = 64 << 10

// lasting is how long what a page has posted may take.
const lasting = 30 * time.Second

// Secure puts Policy and its kin on every answer, and refuses what another site's page posts and what is too much for a form.
// What is posted is done to its end although the page has moved on meanwhile: who taps and goes elsewhere has still tapped.
func Secure(next http.Handler) http.Handler {
	ours := http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > mostForm {
			http.Error(w, "That is too much for a form.", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), lasting)
			defer cancel()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		ours.ServeHTTP(w, r)
	})
}

// MountAssets serves the assets below /assets/.
func MountAssets(mux *http.ServeMux) {
	sub, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	files := http.FileServerFS(sub)
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		files.ServeHTTP(w, r)
	})))
}

// Write answers with a page or a part of one. Nothing is sent before the whole of it is there, so that a page that can't be
// made is an error and not half a page.
func Write(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var page bytes.Buffer
	if err := c.Render(r.Context(), &page); err != nil {
		Fail(w, r, fmt.Errorf("render the page: %w", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // whoever asked may be gone
}

// Fail logs what went wrong and says that something did.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to read it
	}
	zerolog.Ctx(r.Context()).Error().Err(err).Str("route", r.Pattern).Msg("page")
	http.Error(w, "The page could not be made. What went wrong is in the log.", http.StatusInternalServerError)
}

// Part says whether a request wants only the part of a page that has changed.
func Part(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// Done answers a form that was carried out: 204 where a script sent it, whose page is told of the change anyway; else back to
// the page, which is one of ours.
func Done(w http.ResponseWriter, r *http.Request, page string) {
	if Part(r) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, page, http.StatusSeeOther)
}

// Frame is what stands around a page.
type Frame struct {
	Title string
	Here  string // the path of its own link in Links
	Links []Link
	Live  string // where its changes are told; empty: nowhere
	Note  string // a word on the right of the top line
}

// Link is one entry of the top line.
type Link struct{ Path, Name string }

// Clock writes a time as pages show it.
func Clock(t time.Time) string { return t.Format("Mon 2 Jan 15:04") }
