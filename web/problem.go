package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// problem is an error as RFC 9457 has it, with the fields that are wrong. It never holds a value that was sent.
type problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail,omitempty"`
	Instance string       `json:"instance,omitempty"` // the request's ID, as it stands in the log
	Errors   []fieldError `json:"errors,omitempty"`

	after time.Duration // Retry-After
}

// fieldError is one field that is wrong.
type fieldError struct {
	Field   string `json:"field"` // facts.balance, addresses[0]
	Message string `json:"message"`
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	if p.Type == "" {
		p.Type = "about:blank"
	}
	p.Title = http.StatusText(p.Status)
	if id := requestID(r.Context()); id != "" {
		p.Instance = "urn:settle:request:" + id
	}
	if p.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.after.Seconds())))
	}
	writeBody(w, p.Status, "application/problem+json", p)
}

func writeJSON(w http.ResponseWriter, status int, v any) { writeBody(w, status, "application/json", v) }

func writeBody(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil { // none of our own types can fail
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone: nobody is left to tell
}
