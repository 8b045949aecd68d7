package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/campaign"
	"github.com/settle-chat/settle/content"
)

// newLaunch is a deployment that serves, with a campaign over some rows, one of which can't be used.
func newLaunch(t *testing.T, rows int) *premises {
	t.Helper()
	p := newPremises(t)
	text, err := content.FS.ReadFile("campaigns/overdue.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p.write("campaigns/overdue.yaml", strings.Replace(string(text), "{whatsapp: whatsapp, sms: mobile}", "{sms: mobile}", 1))
	audience := "account_ref,customer_no,first_name,last4,born,postcode,language,zone,mobile,due,consented,days_past_due,balance\n"
	for i := range rows {
		audience += fmt.Sprintf("A-%03d,C-%03d,Mei,4821,14/03/1990,2196,en,America/New_York,+121255501%02d,01/11/2024,01/02/2024,12,1250.00\n", i, i, i)
	}
	p.write("campaigns/clients.csv", audience+"A-999,C-999\n")
	return p
}

// A campaign from the command line: what it would do, doing it, doing it twice, and how it is stopped.
func TestLaunchCommand(t *testing.T) {
	t.Parallel()
	const rows = 12
	p := newLaunch(t, rows)
	file := p.path("campaigns/overdue.yaml")
	if got := p.run(exitFailed, "launch", file); !strings.Contains(got, "start settle serve with this configuration first") {
		t.Errorf("launch before anybody serves: %s", got)
	}
	p.serve()
	var s campaign.Survey
	if err := json.Unmarshal([]byte(p.run(exitFine, "launch", file, "--json")), &s); err != nil || s.Open != rows || s.Refused != 1 || s.Seconds == 0 && rows > 50 {
		t.Errorf("launch --json = %+v, %v, want %d to be enrolled and one refused", s, err, rows)
	}
	got := p.run(exitFine, "launch", file)
	for _, want := range []string{"to be enrolled", "another number of columns than the header", "clients.refused.csv", "Nothing was done"} {
		if !strings.Contains(got, want) {
			t.Errorf("launch prints\n%s\nwant %q", got, want)
		}
	}
	if refused, err := os.ReadFile(p.path("campaigns/clients.refused.csv")); err != nil || !strings.Contains(string(refused), "A-999,C-999") {
		t.Errorf("the refused rows are %q, %v, want the one", refused, err)
	}
	if got := p.run(exitFine, "launch", file, "--yes"); !strings.Contains(got, "12 cases opened, 0 rows enrolled before") {
		t.Errorf("launch --yes prints\n%s", got)
	}
	if got := p.run(exitFine, "launch", file, "--yes"); !strings.Contains(got, "0 cases opened, 12 rows enrolled before") {
		t.Errorf("launch --yes, again, prints\n%s", got)
	}
	for _, step := range []struct {
		code int
		args []string
		want string
	}{
		{exitFailed, []string{"pause", "overdu"}, `campaign "overdu": there is none: did you mean "overdue"?`},
		{exitFine, []string{"pause", "overdue"}, "overdue: paused, was running"},
		{exitFine, []string{"pause", "overdue"}, "overdue: paused already, since "},
		{exitFailed, []string{"launch", file, "--yes"}, "it is paused: settle resume overdue, then launch it again"},
		{exitFine, []string{"resume", "overdue", "--json"}, `{"before":"paused","campaign":"overdue","status":"running"}`},
		{exitFine, []string{"cancel", "overdue"}, "overdue: cancelled, was running"},
		{exitFailed, []string{"resume", "overdue"}, "which is for good"},
		{exitFailed, []string{"launch", file, "--yes"}, "it was cancelled"},
		{exitFailed, []string{"launch", p.path("nowhere.yaml")}, "name a campaign's file"},
	} {
		if got := p.run(step.code, step.args...); !strings.Contains(got, step.want) {
			t.Errorf("settle %v prints\n%s\nwant %q", step.args, got, step.want)
		}
	}
}

// Elsewhere than on a terminal progress is a line now and then, with rate and time left.
func TestProgressLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := newProgress(&out, 1000)
	p.told(campaign.Progress{Done: 1})
	p.began, p.said = time.Now().Add(-10*time.Second), time.Now().Add(-sayEvery)
	p.told(campaign.Progress{Done: 200})
	p.told(campaign.Progress{Done: 201})
	p.told(campaign.Progress{Done: 201, Paused: true})
	p.end()
	if got, want := out.String(), "200 of 1000 rows, 20 a second, 40s left\npaused at 201 of 1000 rows: settle resume lets it go on\n"; got != want {
		t.Errorf("progress prints\n%s\nwant\n%s", got, want)
	}
}
