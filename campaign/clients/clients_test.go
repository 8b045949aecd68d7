package clients_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/campaign/clients"
)

const data = `ID,LIMIT_BAL,SEX,EDUCATION,MARRIAGE,AGE,PAY_0,BILL_AMT1
1,20000,2,2,1,24,2,3913
2,120000,2,2,2,26,-1,-40
30000,120000,2,2,2,26,1,2682
`

var (
	on       = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	reserved = regexp.MustCompile(`^\+1[2-9][0-9]{2}55501[0-9]{2}$`)
	london   = regexp.MustCompile(`^\+442079460[0-9]{3}$`)
)

// The same row is the same client each time, with a number that is nobody's, and without anything of what must not be used.
func TestRead(t *testing.T) {
	t.Parallel()
	var all []clients.Client
	for c, err := range clients.Read(strings.NewReader(data), on) {
		if err != nil {
			t.Fatal(err)
		}
		if !reserved.MatchString(c.Mobile) || c.WhatsApp != "" && c.WhatsApp != c.Mobile {
			t.Errorf("client %s has the numbers %q and %q, want reserved ones", c.Ref, c.Mobile, c.WhatsApp)
		}
		all = append(all, c)
	}
	if len(all) != 3 || all[0].DaysPastDue < 31 || all[0].DaysPastDue > 60 || all[0].Balance != "3913.00" || all[1].DaysPastDue != 0 || all[1].Balance != "0.00" {
		t.Fatalf("clients are %+v, want three: two months late, in credit, one month late", all)
	}
	if !all[0].Due.Equal(on.AddDate(0, 0, -all[0].DaysPastDue)) || all[0].Consented.After(on) {
		t.Errorf("client 1 is due on %s with consent of %s, want both to fit", all[0].Due, all[0].Consented)
	}
	others := strings.NewReplacer("20000,2,2,1,24", "1,1,1,2,79").Replace(data)
	for c, err := range clients.Read(strings.NewReader(others), on) {
		if err != nil || c != all[0] {
			t.Errorf("with another sex, education, marriage and age the client is %+v, %v, want the same %+v", c, err, all[0])
		}
		break
	}
}

// What isn't the data is refused with what is missing.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ data, want string }{
		{"", "header"},
		{"ID,AGE\n1,2\n", "no column PAY_0"},
		{"ID,PAY_0,BILL_AMT1\n1,late,2\n", "late"},
		{"ID,PAY_0,BILL_AMT1\n99999999,1,2\n", "reserved numbers"},
	} {
		_, err := clients.Write(new(bytes.Buffer), clients.Read(strings.NewReader(tc.data), on))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Read(%q): %v, want %q in it", tc.data, err, tc.want)
		}
	}
}

// Clients made of nothing are all late and have numbers of their own, reserved too.
func TestMade(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for c, err := range clients.Made(2*clients.MostMade, on, "Africa/Johannesburg") {
		if err != nil || c.DaysPastDue < 5 || !london.MatchString(c.Mobile) || seen[c.Mobile] || seen[c.Ref] || c.Zone != "Africa/Johannesburg" {
			t.Fatalf("made %+v, %v, want one who is late, with a reserved number of their own", c, err)
		}
		seen[c.Mobile], seen[c.Ref] = true, true
	}
	if len(seen) != 2*clients.MostMade {
		t.Errorf("made %d clients, want %d", len(seen)/2, clients.MostMade)
	}
}
