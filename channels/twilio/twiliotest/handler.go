package twiliotest

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

const messagesPath = "/2010-04-01/Accounts/{account}/Messages.json"

var recipient = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|whatsapp:\+[1-9][0-9]{6,14}|whatsapp:[A-Z]{2}\.[0-9A-Za-z.]+)$`)

// Handler is the REST API: create and list messages.
func (f *Fake) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+messagesPath, f.create)
	mux.HandleFunc("GET "+messagesPath, f.list)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, 404, 20404, "The requested resource was not found")
	})
	return mux
}

// refuse answers as Twilio does.
func refuse(w http.ResponseWriter, status, code int, text string) {
	answer(w, status, map[string]any{
		"code": code, "message": text, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), "status": status,
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller may be gone
}

func known(w http.ResponseWriter, r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	ok := subtle.ConstantTimeCompare([]byte(user+":"+password), []byte(AccountSID+":"+AuthToken)) == 1
	if !ok || r.PathValue("account") != AccountSID {
		refuse(w, 401, 20003, "Authenticate")
		return false
	}
	return true
}

func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		refuse(w, 400, 20001, "The body can't be read")
		return
	}
	p := f.arrived()
	if p.trouble == 0 && p.status != 0 {
		if p.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		refuse(w, p.status, p.code, "Planned")
		return
	}
	switch p.trouble {
	case HangUp:
		panic(http.ErrAbortHandler) // net/http's way to close a connection without an answer
	case Silence:
		select {
		case <-r.Context().Done():
		case <-f.done:
		}
		panic(http.ErrAbortHandler)
	}
	if !known(w, r) {
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		f.refuse("the body is no form")
		refuse(w, 400, 20001, "The body is no form")
		return
	}
	if status, code, because := f.rules(form); status != 0 {
		refuse(w, status, code, because)
		return
	}
	m := f.store(form)
	switch p.trouble {
	case DropAnswer:
		panic(http.ErrAbortHandler)
	case BreakAfter:
		refuse(w, 500, 20500, "Internal Server Error")
	case GarbleAfter:
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "<html>")
	default:
		answer(w, http.StatusCreated, resource(m))
	}
}

// arrived counts a request and takes what is planned for it.
func (f *Fake) arrived() plan {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	f.announce()
	if len(f.plan) == 0 {
		return plan{}
	}
	p := f.plan[0]
	f.plan = f.plan[1:]
	return p
}

// announce wakes those who wait; mu is held.
func (f *Fake) announce() {
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *Fake) refuse(because ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused = append(f.refused, because...)
}

// rules are the contract's, and those that Twilio enforces beside it.
func (f *Fake) rules(form url.Values) (status, code int, because string) {
	if form.Get("To") == "" {
		f.refuse("To is required")
		return 400, 21604, "A 'To' phone number is required."
	}
	if faults := f.contract.Create.faults(form); len(faults) > 0 {
		f.refuse(faults...)
		return 400, 20001, strings.Join(faults, "; ")
	}
	validity, err := strconv.Atoi(form.Get("ValidityPeriod"))
	callback, urlErr := url.Parse(form.Get("StatusCallback"))
	f.mu.Lock()
	gone := f.optedOut[form.Get("To")]
	f.mu.Unlock()
	switch {
	case gone:
		return 400, 21610, "Attempt to send to unsubscribed recipient" // not the request's fault: not noted as refused
	case !recipient.MatchString(form.Get("To")):
		because, code = "To is not a phone number or channel address", 21211
	case form.Get("From") == "" && form.Get("MessagingServiceSid") == "":
		because, code = "From or MessagingServiceSid is required", 21603
	case form.Get("Body") == "" && form.Get("MediaUrl") == "" && form.Get("ContentSid") == "":
		because, code = "Body is required", 21602
	case len(utf16.Encode([]rune(form.Get("Body")))) > 1600:
		because, code = "Body is longer than 1600", 21617
	case form.Has("ValidityPeriod") && (err != nil || validity < 1 || validity > 36000):
		because, code = "ValidityPeriod is not within 1 to 36000", 20001
	case form.Has("StatusCallback") && (urlErr != nil || strings.Contains(callback.Hostname(), "_")):
		because, code = "StatusCallback is not a valid URL", 21609
	default:
		return 0, 0, ""
	}
	f.refuse(because)
	return 400, code, because
}

func (f *Fake) store(form url.Values) Message {
	validity, _ := strconv.Atoi(form.Get("ValidityPeriod")) // checked by rules; zero where absent
	m := Message{
		SID: NewSID("SM"), To: form.Get("To"), From: form.Get("From"), Service: form.Get("MessagingServiceSid"),
		Body: form.Get("Body"), StatusCallback: form.Get("StatusCallback"), Validity: time.Duration(validity) * time.Second,
		Created: f.Now(), Status: "queued", Form: form,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages = append(f.messages, m)
	f.announce()
	if f.Log != nil {
		fmt.Fprintf(f.Log, "to %s:\n%s\n\n", m.To, m.Body) //nolint:errcheck // a run by hand: whoever reads sees it
	}
	return m
}

// list gives messages newest first, a page at a time.
func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	if !known(w, r) {
		return
	}
	query := r.URL.Query()
	if faults := f.contract.List.faults(query); len(faults) > 0 {
		f.refuse(faults...)
		refuse(w, 400, 20001, strings.Join(faults, "; "))
		return
	}
	size, page := 50, 0
	if query.Has("PageSize") {
		size, _ = strconv.Atoi(query.Get("PageSize")) // the contract has checked both
	}
	if query.Has("Page") {
		page, _ = strconv.Atoi(query.Get("Page"))
	}
	found := f.matching(query)
	from := min(page*size, len(found))
	to := min(from+size, len(found))
	resources := make([]any, 0, to-from)
	for _, m := range found[from:to] {
		resources = append(resources, resource(m))
	}
	var next any
	if to < len(found) {
		query.Set("Page", strconv.Itoa(page+1))
		query.Set("PageToken", "PA"+found[to-1].SID)
		next = r.URL.Path + "?" + query.Encode()
	}
	answer(w, http.StatusOK, map[string]any{"messages": resources, "page": page, "page_size": size, "next_page_uri": next, "uri": r.URL.RequestURI()})
}

func (f *Fake) matching(query url.Values) []Message {
	var out []Message
	for _, m := range slices.Backward(f.Messages()) {
		sent := m.Status != "queued" && m.Status != "accepted" // a message without a date is in no range of dates
		after, _ := time.Parse(time.RFC3339, query.Get("DateSent>"))
		before, err := time.Parse(time.RFC3339, query.Get("DateSent<"))
		switch {
		case query.Has("To") && query.Get("To") != m.To,
			query.Has("From") && query.Get("From") != m.From,
			query.Has("DateSent>") && (!sent || m.Created.Before(after)),
			query.Has("DateSent<") && (!sent || err != nil || m.Created.After(before)):
		default:
			out = append(out, m)
		}
	}
	return out
}

// resource is a message as the API shows it.
func resource(m Message) map[string]any {
	uri := "/2010-04-01/Accounts/" + AccountSID + "/Messages/" + m.SID
	optional := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	created := m.Created.UTC().Format(time.RFC1123Z)
	sent, code := any(nil), any(nil)
	if m.Status != "queued" && m.Status != "accepted" {
		sent = created
	}
	if m.Code != 0 {
		code = m.Code
	}
	return map[string]any{
		"account_sid": AccountSID, "api_version": "2010-04-01", "body": m.Body, "date_created": created, "date_sent": sent,
		"date_updated": created, "direction": "outbound-api", "error_code": code, "error_message": nil, "from": optional(m.From),
		"num_media": "0", "num_segments": "1", "price": nil, "price_unit": nil, "messaging_service_sid": optional(m.Service),
		"sid": m.SID, "status": m.Status, "subresource_uris": map[string]any{"media": uri + "/Media.json"}, "to": m.To, "uri": uri + ".json",
	}
}

// callback is a message's status as Twilio posts it.
func callback(m Message) url.Values {
	form := url.Values{
		"MessageSid": {m.SID}, "SmsSid": {m.SID}, "MessageStatus": {m.Status}, "SmsStatus": {m.Status},
		"AccountSid": {AccountSID}, "ApiVersion": {"2010-04-01"}, "From": {m.From}, "To": {m.To},
	}
	if m.Service != "" {
		form.Set("MessagingServiceSid", m.Service)
	}
	if m.Code != 0 {
		form.Set("ErrorCode", strconv.Itoa(m.Code))
	}
	if account, ok := strings.CutPrefix(m.To, "whatsapp:"); ok {
		form.Set("ChannelPrefix", "whatsapp")
		form.Set("ChannelToAddress", account)
		if m.Status == "read" || m.Status == "delivered" {
			form.Set("EventType", strings.ToUpper(m.Status))
		}
	}
	return form
}
