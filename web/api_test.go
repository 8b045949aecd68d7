package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/settle-chat/settle/bot"
)

func TestCaseIsOpenedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.post("/v1/cases", casesKey, s.overdue("4567"))
	wantStatus(t, "first", first, 201)
	var opened bot.Opened
	if err := json.Unmarshal([]byte(first.body), &opened); err != nil || opened.Case == "" || opened.Existed {
		t.Fatalf("first = %s (%v), want a case that didn't exist", first.body, err)
	}
	if got, want := first.Header.Get("Location"), publicURL+"/v1/cases/"+opened.Case; got != want {
		t.Errorf("Location = %q, want %q", got, want)
	}
	again := s.post("/v1/cases", casesKey, s.overdue("4567"))
	wantStatus(t, "again", again, 200)
	var second bot.Opened
	if err := json.Unmarshal([]byte(again.body), &second); err != nil || second.Case != opened.Case || !second.Existed {
		t.Errorf("again = %s, want the same case, existed", again.body)
	}
	wantProblem(t, "another source's case for the same account", s.post("/v1/cases", otherKey, s.overdue("4567")), 409, "")
	elsewhere := maps.Clone(s.overdue("4567"))
	elsewhere["ref"] = "ACC-elsewhere"
	wantStatus(t, "another source's case of the same id", s.post("/v1/cases", otherKey, elsewhere), 201)

	shown := s.do(request("GET", "/v1/cases/"+opened.Case, casesKey, ""))
	wantStatus(t, "GET", shown, 200)
	var v bot.CaseView
	if err := json.Unmarshal([]byte(shown.body), &v); err != nil || v.ID != "4567" || v.Source != "core" || !strings.HasPrefix(v.Workflow, "overdue-account@") {
		t.Errorf("GET = %s, want the case with its id, source and workflow", shown.body)
	}
	wantProblem(t, "GET with another source's key", s.do(request("GET", "/v1/cases/"+opened.Case, otherKey, "")), 404, "")
	loaded, err := s.store.Load(t.Context(), opened.Conversation)
	if err != nil || len(loaded.Conversation.Cases) != 2 {
		t.Errorf("Load = %d cases, %v, want the two that were opened", len(loaded.Conversation.Cases), err)
	}
}

func TestSourceIsTheKeysName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := s.overdue("4567")
	body["source"] = "core"
	wantProblem(t, "a source of one's own", s.post("/v1/cases", otherKey, body), 422, "source")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	good, err := json.Marshal(s.overdue("1234"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(change string) string { // the good request with one part replaced
		from, to, _ := strings.Cut(change, " => ")
		if !strings.Contains(string(good), from) {
			t.Fatalf("the good request has no %s: %s", from, good)
		}
		return strings.Replace(string(good), from, to, 1)
	}
	deep := func(n int) string {
		return `{"facts":{"a":` + strings.Repeat("[", n-2) + strings.Repeat("]", n-2) + `}}`
	}
	for _, tc := range []struct {
		name, body string
		status     int
		field      string
	}{
		{"no JSON", `{"id":`, 400, "id"},
		{"nothing", ``, 415, ""},
		{"an array", `[]`, 400, ""},
		{"two values", string(good) + `{}`, 400, ""},
		{"not UTF-8", with(`"R-1234" => "R` + "\xff" + `"`), 400, ""},
		{"a field twice", with(`"ref" => "ref":"x","ref"`), 400, "ref"},
		{"a fact twice", with(`"facts":{ => "facts":{"a":"x","a":"y",`), 400, "facts.a"},
		{"too deep", deep(33), 400, "facts.a" + strings.Repeat("[0]", 30)},
		{"deep, and wrong for that", deep(32), 422, "facts"},
		{"an unknown field", with(`"ref" => "reff":"x","ref"`), 422, "reff"},
		{"a field in capitals", with(`"ref" => "REF"`), 422, "REF"},
		{"a wrong type", with(`"R-1234" => 5`), 422, "ref"},
		{"no id", with(`"id":"1234" => "id":""`), 422, "id"},
		{"a long id", with(`"1234" => "` + strings.Repeat("x", 129) + `"`), 422, "id"},
		{"an id that moves the cursor", with(`"1234" => "a\u001b[2J"`), 422, "id"},
		{"no address", with(`["sms:+27821231234"] => []`), 422, "addresses"},
		{"a bad address", with(`sms:+27821231234 => sms:0821231234`), 422, "addresses[0]"},
		{"a fact with an exponent", with(`"facts":{ => "facts":{"a":1e3,`), 422, "facts"},
		{"an object for a fact", with(`"facts":{ => "facts":{"a":{},`), 422, "facts"},
		{"an unknown fact", with(`"facts":{ => "facts":{"shoe_size":"5",`), 422, "facts.shoe_size"},
		{"an unknown event", with(`account.overdue => account.none`), 422, "event"},
		{"an unknown zone", with(`Africa/Johannesburg => Mars/Olympus`), 422, "zone"},
		{"a language without texts", with(`"en" => "xx"`), 422, "language"},
		{"a consent without a time", with(`"id" => "consent":[{"channel":"sms","purpose":"service","given":true,"source":"s","at":"now"}],"id"`), 422, "consent[0].at"},
		{"too large", `{"id":"` + strings.Repeat("x", 256<<10) + `"}`, 413, ""},
	} {
		wantProblem(t, tc.name, s.do(request("POST", "/v1/cases", casesKey, tc.body)), tc.status, tc.field)
	}
	for _, header := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"} {
		r := request("POST", "/v1/cases", casesKey, string(good))
		r.Header.Set("Content-Type", header)
		wantProblem(t, "Content-Type "+header, s.do(r), 415, "")
	}
	zipped := request("POST", "/v1/cases", casesKey, string(good))
	zipped.Header.Set("Content-Encoding", "gzip")
	wantProblem(t, "Content-Encoding gzip", s.do(zipped), 415, "")
	// None of these has left anything behind.
	wantStatus(t, "the good one", s.post("/v1/cases", casesKey, string(good)), 201)
}

func TestKeysAndScopes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, tc := range []struct {
		method, path, key string
		status            int
	}{
		{"POST", "/v1/cases", "", 401}, {"POST", "/v1/cases", "wrong", 401}, {"POST", "/v1/cases", eventsKey, 403},
		{"GET", "/v1/cases/x", "", 401}, {"GET", "/v1/cases/x", eventsKey, 403}, {"GET", "/v1/cases/x", casesKey, 404},
		{"POST", "/v1/events", "", 401}, {"POST", "/v1/events", casesKey, 403},
		{"GET", "/v1/cases", casesKey, 405}, {"DELETE", "/v1/cases/x", casesKey, 405}, {"GET", "/v1/nothing", casesKey, 404}, {"GET", "/", "", 404},
		{"GET", "/metrics", "", 404}, {"GET", "/debug/pprof/", "", 404},
	} {
		body := ""
		if tc.method == "POST" {
			body = "{}"
		}
		a := s.do(request(tc.method, tc.path, tc.key, body))
		what := fmt.Sprintf("%s %s with key %q", tc.method, tc.path, tc.key)
		wantProblem(t, what, a, tc.status, "")
		if tc.status == 401 && a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", what)
		}
		if tc.status == 405 && a.Header.Get("Allow") == "" {
			t.Errorf("%s: no Allow", what)
		}
	}
	two := request("POST", "/v1/cases", casesKey, "{}")
	two.Header.Add("Authorization", "Bearer "+casesKey)
	wantProblem(t, "two Authorization headers", s.do(two), 401, "")
	basic := request("POST", "/v1/cases", "", "{}")
	basic.SetBasicAuth("core", casesKey)
	wantProblem(t, "basic authentication", s.do(basic), 401, "")
}

func TestAmountsStayExact(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	opened := s.post("/v1/cases", casesKey, s.overdue("1234"))
	wantStatus(t, "open", opened, 201)
	var o bot.Opened
	if err := json.Unmarshal([]byte(opened.body), &o); err != nil {
		t.Fatal(err)
	}
	for i, tc := range []struct{ amount, want string }{
		{`"1250.10"`, "1250.10"}, {`1250.10`, "1250.10"}, {`12345678901.23`, "12345678901.23"}, {`0.07`, "0.07"},
	} {
		body := fmt.Sprintf(`{"id":"E-%d","case":%q,"event":"psp.paid","facts":{"amount":%s,"reference":"R"}}`, i, o.Case, tc.amount)
		wantStatus(t, tc.amount, s.post("/v1/events", eventsKey, body), 204)
		entries, err := s.store.ConversationJournal(t.Context(), o.Conversation)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, e := range entries {
			if r := e.Entry.Event.Reported; r != nil {
				got = r.Facts["amount"]
			}
		}
		if got != tc.want {
			t.Errorf("amount %s is kept as %q, want %q", tc.amount, got, tc.want)
		}
	}
	wantProblem(t, "a tenth of a cent", s.post("/v1/events", eventsKey,
		fmt.Sprintf(`{"id":"F","case":%q,"event":"psp.paid","facts":{"amount":1.005,"reference":"R"}}`, o.Case)), 422, "facts.amount")
	wantProblem(t, "an unknown case", s.post("/v1/events", eventsKey, `{"id":"F","case":"none","event":"psp.paid"}`), 404, "")
	wantProblem(t, "an unknown event", s.post("/v1/events", eventsKey, fmt.Sprintf(`{"id":"F","case":%q,"event":"psp.none"}`, o.Case)), 422, "event")
}

func TestEventIsCountedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var o bot.Opened
	if err := json.Unmarshal([]byte(s.post("/v1/cases", casesKey, s.overdue("1234")).body), &o); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"id":"E-1","case":%q,"event":"psp.failed","facts":{"reason":"expired"}}`, o.Case)
	for range 3 {
		wantStatus(t, "event", s.post("/v1/events", eventsKey, body), 204)
	}
	entries, err := s.store.ConversationJournal(t.Context(), o.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if e.Entry.Event.Reported != nil {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the journal has the event %d times, want once", n)
	}
}

func TestSharedAddressIsAConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	wantStatus(t, "one customer", s.post("/v1/cases", casesKey, s.overdue("1234")), 201)
	spouse := maps.Clone(s.overdue("1234"))
	spouse["id"], spouse["customer"], spouse["ref"] = "5678", "C-5678", "ACC-5678"
	wantProblem(t, "another customer at the same address", s.post("/v1/cases", casesKey, spouse), 409, "")
	spouse["shared"] = true
	wantStatus(t, "and meant so", s.post("/v1/cases", casesKey, spouse), 201)
}

func TestNothingIsAcknowledgedWithoutRedis(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := s.overdue("1234")
	s.redis.Stop()
	a := s.post("/v1/cases", casesKey, body)
	wantProblem(t, "open a case without Redis", a, 503, "")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.redis.Start()
	wantStatus(t, "the same again", s.post("/v1/cases", casesKey, body), 201)
}

// held is a body that doesn't come until it is let go.
type held struct {
	begun chan<- struct{}
	once  *sync.Once
	go_   <-chan struct{}
}

func (h held) Read([]byte) (int, error) {
	h.once.Do(func() { h.begun <- struct{}{} })
	<-h.go_
	return 0, io.EOF
}

func TestOneKeysFloodIsItsOwnProblem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const most = 64
	begun, let := make(chan struct{}, most), make(chan struct{})
	var waiting sync.WaitGroup
	for range most {
		waiting.Go(func() {
			r := httptest.NewRequest("POST", "/v1/cases", held{begun, new(sync.Once), let})
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+casesKey)
			s.do(r)
		})
	}
	for range most {
		<-begun
	}
	a := s.post("/v1/cases", casesKey, s.overdue("1234"))
	wantProblem(t, "one more of the same key", a, 429, "")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	wantStatus(t, "another key's", s.post("/v1/cases", otherKey, s.overdue("1234")), 201)
	close(let)
	waiting.Wait()
	wantStatus(t, "the same key's, afterwards", s.post("/v1/cases", casesKey, s.overdue("5678")), 201)
}
