package twiliotest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestContractIsTwilios compares the excerpt with the published contract.
func TestContractIsTwilios(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../shared/contracts/twilio_api_v2010.json")
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the published contract isn't here: ../shared/contracts/twilio_api_v2010.json")
	} else if err != nil {
		t.Fatal(err)
	}
	type property struct {
		Ref string `json:"$ref"`
		schema
	}
	var file struct {
		Paths map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Schema struct {
							Required   []string
							Properties map[string]property
						}
					}
				}
			}
			Get struct {
				Parameters []struct {
					Name, In string
					Required bool
					Schema   property
				}
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	path := file.Paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
	resolve := func(p property) schema {
		if p.Ref != "" {
			return file.Components.Schemas[filepath.Base(p.Ref)]
		}
		return p.schema
	}
	form := path.Post.RequestBody.Content["application/x-www-form-urlencoded"].Schema
	want := contract{
		Create: operation{Required: form.Required, Properties: map[string]schema{}},
		List:   operation{Required: []string{}, Properties: map[string]schema{}},
	}
	for name, p := range form.Properties {
		want.Create.Properties[name] = resolve(p)
	}
	for _, p := range path.Get.Parameters {
		if p.In == "query" {
			want.List.Properties[p.Name] = resolve(p.Schema)
		}
	}
	got, err := readContract()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want.Create.Properties) == 0 {
		t.Errorf("the excerpt differs from the published contract (-published +excerpt):\n%s", diff)
	}
}

// post sends a form to the fake and returns the status and Twilio's code.
func post(t *testing.T, f *Fake, form url.Values) (status, code int) {
	t.Helper()
	r := httptest.NewRequest("POST", "/2010-04-01/Accounts/"+AccountSID+"/Messages.json", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(AccountSID, AuthToken)
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	var answer struct{ Code int }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	return w.Code, answer.Code
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	good := func() url.Values {
		return url.Values{"To": {"+27821234567"}, "From": {"+15017122661"}, "Body": {"hi"}, "StatusCallback": {"https://bot.example/s?k=1"}, "ValidityPeriod": {"60"}}
	}
	for _, tc := range []struct {
		name, key string
		values    []string
		status    int
		code      int
	}{
		{"good", "Body", []string{"hi"}, 201, 0},
		{"the longest body", "Body", []string{strings.Repeat("é", 1600)}, 201, 0},
		{"no To", "To", nil, 400, 21604},
		{"a To that is none", "To", []string{"0821234567"}, 400, 21211},
		{"a user ID", "To", []string{"whatsapp:ZA.123"}, 201, 0},
		{"no From", "From", nil, 400, 21603},
		{"no Body", "Body", nil, 400, 21602},
		{"a body too long", "Body", []string{strings.Repeat("x", 1601)}, 400, 21617},
		{"a body too long in emoji", "Body", []string{strings.Repeat("🙏", 801)}, 400, 21617},
		{"two bodies", "Body", []string{"a", "b"}, 400, 20001},
		{"a service that is none", "MessagingServiceSid", []string{"MG1"}, 400, 20001},
		{"validity 0", "ValidityPeriod", []string{"0"}, 400, 20001},
		{"validity 36001", "ValidityPeriod", []string{"36001"}, 400, 20001},
		{"validity that is no integer", "ValidityPeriod", []string{"1.5"}, 400, 20001},
		{"a callback that is no URL", "StatusCallback", []string{"/status"}, 400, 20001},
		{"a callback with an underscore in its host", "StatusCallback", []string{"https://my_bot.example/"}, 400, 21609},
		{"a word that is not in the list", "ContentRetention", []string{"forever"}, 400, 20001},
		{"a flag that is none", "SmartEncoded", []string{"yes"}, 400, 20001},
		{"a time that is none", "SendAt", []string{"noon"}, 400, 20001},
		{"a price that is none", "MaxPrice", []string{"1,5"}, 400, 20001},
		{"an unknown parameter", "Bodi", []string{"hi"}, 400, 20001},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, err := New()
			if err != nil {
				t.Fatal(err)
			}
			form := good()
			form[tc.key] = tc.values
			if tc.values == nil {
				delete(form, tc.key)
			}
			status, code := post(t, f, form)
			if status != tc.status || code != tc.code {
				t.Errorf("answer %d with code %d, want %d with %d (%q)", status, code, tc.status, tc.code, f.Refused())
			}
			stored := map[bool]int{true: 1}[tc.status == 201]
			if n := len(f.Messages()); n != stored || len(f.Refused()) != 1-stored {
				t.Errorf("%d stored, refused %q, want %d stored", n, f.Refused(), stored)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		method, account, user, password string
		want                            int
	}{
		{"GET", AccountSID, AccountSID, AuthToken, 200},
		{"GET", AccountSID, AccountSID, "wrong", 401},
		{"GET", "ACother", AccountSID, AuthToken, 401},
		{"POST", AccountSID, AccountSID, "", 401},
		{"PUT", AccountSID, AccountSID, AuthToken, 404},
	} {
		r := httptest.NewRequest(tc.method, "/2010-04-01/Accounts/"+tc.account+"/Messages.json", nil)
		r.SetBasicAuth(tc.user, tc.password)
		w := httptest.NewRecorder()
		f.Handler().ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%+v: %d, want %d", tc, w.Code, tc.want)
		}
	}
}

// TestTroubles checks for each what is stored, and that the next request is served again.
func TestTroubles(t *testing.T) {
	t.Parallel()
	form := url.Values{"To": {"+27821234567"}, "From": {"+15017122661"}, "Body": {"hi"}}
	for _, tc := range []struct {
		name   string
		how    func(f *Fake)
		status int // 0: no answer
		stored int
	}{
		{"fail", func(f *Fake) { f.Fail(1, 503, 20503) }, 503, 0},
		{"hang up", func(f *Fake) { f.Misbehave(1, HangUp) }, 0, 0},
		{"drop the answer", func(f *Fake) { f.Misbehave(1, DropAnswer) }, 0, 1},
		{"break after", func(f *Fake) { f.Misbehave(1, BreakAfter) }, 500, 1},
		{"garble", func(f *Fake) { f.Misbehave(1, GarbleAfter) }, 201, 1},
		{"opted out", func(f *Fake) { f.OptOut("+27821234567") }, 400, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, err := Start()
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			send := func(to string) int {
				form := maps.Clone(form)
				form.Set("To", to)
				r, _ := http.NewRequestWithContext(t.Context(), "POST", f.URL+"/2010-04-01/Accounts/"+AccountSID+"/Messages.json", strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.SetBasicAuth(AccountSID, AuthToken)
				resp, err := client.Do(r)
				if err != nil {
					return 0
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				return resp.StatusCode
			}
			tc.how(f)
			if got := send("+27821234567"); got != tc.status {
				t.Errorf("status %d, want %d", got, tc.status)
			}
			if got := len(f.Messages()); got != tc.stored {
				t.Errorf("%d stored, want %d", got, tc.stored)
			}
			if got := send("+27821234568"); got != 201 || f.Requests() != 2 {
				t.Errorf("afterwards: status %d, %d requests, want 201 and 2", got, f.Requests())
			}
			if _, err := f.Wait(t.Context(), tc.stored+1); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v, want it to end with its context", err)
	}
	if err := f.WaitRequests(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitRequests = %v, want it to end with its context", err)
	}
}

// TestFormsAreTwilios compares the names of the parameters with recordings, and the signature with theirs.
func TestFormsAreTwilios(t *testing.T) {
	t.Parallel()
	sms := Message{SID: NewSID("SM"), To: "+14017122661", From: "+15558675310", Status: "undelivered", Code: 30003}
	whatsapp := Message{SID: NewSID("SM"), To: "whatsapp:+12025550101", From: "whatsapp:+14155238886", Status: "read"}
	for path, got := range map[string]url.Values{
		"inbound/sms_text":                    Inbound("+14017122661", "+15558675310", "Ahoy!"),
		"inbound/whatsapp_text":               Inbound("whatsapp:+12025550101", "whatsapp:+14155238886", "This"),
		"status/status_sms_undelivered_30003": callback(sms),
		"status/status_whatsapp_read":         callback(whatsapp),
	} {
		text, err := os.ReadFile("../testdata/" + path + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var fixture struct {
			Params  map[string]string
			URL     string
			Token   string `json:"auth_token"`
			Headers map[string]string
		}
		if err := json.Unmarshal(text, &fixture); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(fixture.Params)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%s: parameters (-recorded +made):\n%s", path, diff)
		}
		form := url.Values{}
		for key, value := range fixture.Params {
			form.Set(key, value)
		}
		if got := Sign(fixture.Token, fixture.URL, form); got != fixture.Headers["X-Twilio-Signature"] {
			t.Errorf("%s: Sign = %q, want %q", path, got, fixture.Headers["X-Twilio-Signature"])
		}
	}
}

// TestWebhookReaches checks that a call goes to where we listen, signed for the public URL.
func TestWebhookReaches(t *testing.T) {
	t.Parallel()
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const public = "https://bot.example/channels/sms/inbound?x=1"
	w := f.Inbound(public, "+27821234567", "+15017122661", "3", Tap("pay", "Pay")...)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.URL.RequestURI() != "/channels/sms/inbound?x=1" ||
			r.PostForm.Get("ButtonPayload") != "pay" || r.Header.Get("X-Twilio-Signature") != Sign(AuthToken, public, r.PostForm) {
			t.Errorf("got %s with %v, %v", r.URL, r.PostForm, err)
		}
		_, _ = io.WriteString(rw, "<Response/>")
	}))
	defer server.Close()
	status, body, err := w.Post(t.Context(), server.Client(), server.URL)
	if status != 200 || string(body) != "<Response/>" || err != nil {
		t.Errorf("Post = %d, %q, %v, want 200 and the answer", status, body, err)
	}
	if _, err := f.Status("SM1", "sent", 0); err == nil {
		t.Errorf("Status of an unknown message gave no error")
	}
}
