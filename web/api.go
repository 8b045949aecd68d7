package web

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

//go:embed openapi.yaml
var openAPI []byte

// apiPatience is how long a request's commit may take.
const apiPatience = 10 * time.Second

func (s *Server) mountAPI(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/cases", s.scoped("cases", s.openCase))
	mux.HandleFunc("GET /v1/cases/{id}", s.scoped("cases", s.showCase))
	mux.HandleFunc("POST /v1/events", s.scoped("events", s.reportEvent))
	mux.HandleFunc("GET /v1/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(openAPI)
	})
}

// caseRequest opens a case, once for each source (the key's name) and ID.
type caseRequest struct {
	ID        string           `json:"id" validate:"required,max=128,printable"`
	Event     string           `json:"event" validate:"required_without=Workflow,max=64,printable"`
	Workflow  string           `json:"workflow" validate:"max=64,printable"`
	Customer  string           `json:"customer" validate:"required,max=128,printable"`
	Ref       string           `json:"ref" validate:"required,max=128,printable"`
	Language  string           `json:"language" validate:"required,max=35,printable"`
	Zone      string           `json:"zone" validate:"required,max=64,printable"`
	Addresses []string         `json:"addresses" validate:"required,min=1,max=8,dive,max=320"`
	Facts     map[string]value `json:"facts" validate:"max=64,dive,keys,max=64,endkeys,max=4096"`
	Consent   []consent        `json:"consent" validate:"max=32,dive"`
	Shared    bool             `json:"shared"`
}

// consent is one line of the consent ledger.
type consent struct {
	Channel string `json:"channel" validate:"required,max=32,printable"`
	Purpose string `json:"purpose" validate:"required,oneof=collection billing compliance service"`
	Given   *bool  `json:"given" validate:"required"`
	Source  string `json:"source" validate:"required,max=128,printable"`
	Text    string `json:"text" validate:"max=1024"`
	At      string `json:"at" validate:"required,datetime=2006-01-02T15:04:05Z07:00"`
}

func (s *Server) openCase(w http.ResponseWriter, r *http.Request) {
	var in caseRequest
	if p := readJSON(w, r, &in); p != nil {
		writeProblem(w, r, *p)
		return
	}
	if errs := check(in); len(errs) > 0 {
		writeProblem(w, r, *invalid(errs...))
		return
	}
	request := bot.OpenRequest{
		Source: keyOf(r.Context()).Name, ID: in.ID, Event: in.Event, Workflow: in.Workflow, Customer: in.Customer, Ref: in.Ref,
		Language: in.Language, Zone: in.Zone, Facts: texts(in.Facts), Shared: in.Shared,
	}
	for _, a := range in.Addresses {
		parsed, err := message.ParseAddress(a) // checked above
		if err != nil {
			writeProblem(w, r, *invalid(fieldError{"addresses", err.Error()}))
			return
		}
		request.Addresses = append(request.Addresses, parsed)
	}
	for _, c := range in.Consent {
		at, err := time.Parse(time.RFC3339, c.At) // checked above
		if err != nil {
			writeProblem(w, r, *invalid(fieldError{"consent", "has a time that isn't one"}))
			return
		}
		request.Consent = append(request.Consent, policy.Consent{
			Channel: c.Channel, Purpose: policy.Purpose(c.Purpose), Given: *c.Given, Source: c.Source, Text: c.Text, At: at.UTC(),
		})
	}
	ctx, cancel := context.WithTimeout(r.Context(), apiPatience)
	defer cancel()
	opened, err := s.options.Bot.Open(ctx, request)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", s.options.PublicURL+"/v1/cases/"+opened.Case)
	status := http.StatusCreated
	if opened.Existed {
		status = http.StatusOK
	}
	writeJSON(w, status, opened)
}

func (s *Server) showCase(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), apiPatience)
	defer cancel()
	view, err := s.options.Bot.Case(ctx, r.PathValue("id"))
	if err == nil && view.Source != keyOf(r.Context()).Name {
		err = store.ErrNotFound // another source's case is nobody else's business, not even that it is there
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, view)
}

// eventRequest is news from a system of record, once for each ID.
type eventRequest struct {
	ID    string           `json:"id" validate:"required,max=128,printable"`
	Case  string           `json:"case" validate:"required,max=128,printable"`
	Event string           `json:"event" validate:"required,max=64,printable"`
	Facts map[string]value `json:"facts" validate:"max=64,dive,keys,max=64,endkeys,max=4096"`
}

func (s *Server) reportEvent(w http.ResponseWriter, r *http.Request) {
	var in eventRequest
	if p := readJSON(w, r, &in); p != nil {
		writeProblem(w, r, *p)
		return
	}
	if errs := check(in); len(errs) > 0 {
		writeProblem(w, r, *invalid(errs...))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), apiPatience)
	defer cancel()
	err := s.options.Bot.Report(ctx, bot.ReportRequest{ID: in.ID, Case: in.Case, Event: in.Event, Facts: texts(in.Facts)})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// fail answers with what the caller can act on, and logs what the operator must.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	bad := new(bot.Invalid)
	switch {
	case errors.As(err, &bad):
		errs := make([]fieldError, len(bad.Problems))
		for i, p := range bad.Problems {
			errs[i] = fieldError{clip(p.Name), p.Message}
		}
		writeProblem(w, r, *invalid(errs...))
	case errors.Is(err, bot.ErrShared):
		writeProblem(w, r, problem{Status: http.StatusConflict,
			Detail: "an address belongs to another customer's conversation: send shared: true if that is meant"})
	case errors.Is(err, bot.ErrOpen):
		writeProblem(w, r, problem{Status: http.StatusConflict,
			Detail: "a case of this workflow is open already, and the workflow's trigger allows one at a time"})
	case errors.Is(err, store.ErrNotFound):
		writeProblem(w, r, problem{Status: http.StatusNotFound, Detail: "there is no such case"})
	default:
		zerolog.Ctx(r.Context()).Error().Err(err).Str("route", r.Pattern).Msg("request not committed")
		writeProblem(w, r, problem{Status: http.StatusServiceUnavailable, Detail: "it could not be made durable: send the same request again", after: 5 * time.Second})
	}
}
