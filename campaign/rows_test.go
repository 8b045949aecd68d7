package campaign_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/settle-chat/settle/campaign"
)

var columns = []string{"account_ref", "customer_no", "first_name", "last4", "born", "postcode", "language", "zone", "mobile", "whatsapp", "due", "consented",
	"days_past_due", "balance"}

var header = strings.Join(columns, ",") + "\n"

// row is one line of the audience, with these columns' values changed.
func row(change map[string]string) string {
	values := map[string]string{
		"account_ref": "A-1", "customer_no": "C-1", "first_name": "Mei", "last4": "4821", "born": "14/03/1990", "postcode": "2196", "language": "en",
		"zone": "America/New_York", "mobile": "+12125550101", "whatsapp": "", "due": "12/11/2026", "consented": "01/02/2025", "days_past_due": "12", "balance": "1250.00",
	}
	for name, v := range change {
		values[name] = v
	}
	cells := make([]string, len(columns))
	for i, name := range columns {
		cells[i] = values[name]
	}
	return strings.Join(cells, ",") + "\n"
}

// Each row that can't be used is refused with its reason, in a file that has the row as it was, and those behind it go on.
func TestRefusedRows(t *testing.T) {
	t.Parallel()
	last := row(map[string]string{"account_ref": "A-9", "customer_no": "C-9", "mobile": "+12125550109"})
	for _, tc := range []struct{ name, line, want string }{
		{"no reference", row(map[string]string{"account_ref": ""}), "account_ref is missing"},
		{"no customer", row(map[string]string{"customer_no": " "}), "customer_no is missing"},
		{"control character", row(map[string]string{"account_ref": "A\x01"}), "account_ref is longer than 128 characters, or has some that can't be printed"},
		{"no zone of that name", row(map[string]string{"zone": "Joburg"}), "zone is not a time zone"},
		{"no text in the language", row(map[string]string{"language": "xh"}), "language: workflow overdue-account has no texts in it"},
		{"national number", row(map[string]string{"mobile": "0821234567"}), "mobile: sms needs an international number"},
		{"no address", row(map[string]string{"mobile": ""}), "no address in it"},
		{"no consent", row(map[string]string{"consented": ""}), "no consent in consented"},
		{"consent to come", row(map[string]string{"consented": "01/01/2027"}), "consented is in the future"},
		{"American day", row(map[string]string{"due": "11/30/2026"}), "due is not a day of the form 02/01/2006"},
		{"fact missing", row(map[string]string{"last4": ""}), "facts.account_last4: is missing"},
		{"condition's fact missing", row(map[string]string{"days_past_due": ""}), "days_past_due is missing: whether days_past_due >= 5 can't be judged"},
		{"condition's fact of another type", row(map[string]string{"days_past_due": "twelve"}), "days_past_due: integer: want a whole number"},
		{"postcode that is none", row(map[string]string{"postcode": "x"}), "facts.postcode: postcode: not one"},
		{"line break in a text", row(map[string]string{"first_name": "\"Mei\nLin\""}), "first_name has a line break"},
		{"not UTF-8", row(map[string]string{"first_name": "M\xe9i"}), "not UTF-8: save the file as CSV in UTF-8"},
		{"too few columns", "A-1,C-1\n", "another number of columns than the header: 2, not 14"},
		{"too many columns", strings.TrimSuffix(row(nil), "\n") + ",more\n", "another number of columns than the header: 15, not 14"},
		{"quote within a cell", row(map[string]string{"first_name": `M"ei`}), "quotes that don't fit: put the whole cell in quotes"},
		{"twice", row(nil) + row(map[string]string{"customer_no": "C-2", "mobile": "+12125550102"}), "account_ref is in the file twice: in line 3 as in line 2"},
		{"address of another", row(nil) + row(map[string]string{"account_ref": "A-2", "customer_no": "C-2"}), "an address is another customer's too: in line 3 as in line 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			p := w.mustPlan(good, header+tc.line+last)
			s, err := w.launch.Survey(t.Context(), p)
			if err != nil {
				t.Fatalf("Survey: %v", err)
			}
			lines := 0 // rows of this case but the refused one
			if strings.Count(tc.line, "A-") > 1 {
				lines = 1
			}
			if s.Refused != 1 || s.Open != lines+1 {
				t.Errorf("refused %d and to open %d, want 1 and %d: %+v", s.Refused, s.Open, lines+1, s)
			}
			refused := readCSV(t, p.RefusedCSV())
			if len(refused) != 2 || refused[0][len(columns)] != "reason" || !strings.Contains(refused[1][len(refused[1])-1], tc.want) {
				t.Fatalf("%s has %q, want the header and one row with %q", filepath.Base(p.RefusedCSV()), refused, tc.want)
			}
			if whole := strings.TrimSuffix(tc.line[strings.LastIndex(strings.TrimSuffix(tc.line, "\n"), "\nA-")+1:], "\n"); !strings.Contains(strings.Join(refused[1], ","), strings.ReplaceAll(strings.Trim(whole, `"`), `"Mei`+"\n"+`Lin"`, "Mei\nLin")) {
				t.Errorf("the refused row is %q, want all of %q", refused[1], whole)
			}
		})
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatalf("the refused rows: %v", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("read the refused rows: %v", err)
	}
	return rows
}

// A byte order mark, Windows' line ends, quoted cells and spaces change nothing.
func TestRowsAsTheyCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	data := "\xef\xbb\xbf" + strings.ReplaceAll(header+row(map[string]string{"first_name": `" Mei "`, "mobile": " +1 (212) 555-0101"}), "\n", "\r\n")
	p := w.mustPlan(good, data)
	n := 0
	for r, err := range w.launch.Rows(t.Context(), p) {
		if err != nil || r.Refused != nil {
			t.Fatalf("row: %v, %v", r.Refused, err)
		}
		n++
		if q := r.Request; q.Facts["first_name"] != "Mei" || string(q.Addresses[0]) != "sms:+12125550101" || q.Facts["due_date"] != "2026-11-12" ||
			len(q.Consent) != 1 || q.Consent[0].Source != "card agreement" || q.Source != "campaign/overdue" {
			t.Errorf("the row's request is not what stands in it: %+v", q)
		}
	}
	if n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// Where nothing is refused there is no file, and an old one goes.
func TestRefusedFileGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	p := w.mustPlan(good, header+"A-1\n")
	if _, err := w.launch.Survey(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(p.RefusedCSV()); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the refused rows: %v, %v, want a file for its owner only", info, err)
	}
	p = w.mustPlan(good, header+row(nil))
	if _, err := w.launch.Survey(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(p.CSV()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "refused") {
			t.Errorf("%s is there, want none", e.Name())
		}
	}
	if _, err := os.Stat(p.RefusedCSV()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old refused rows: %v, want none", err)
	}
}

// What a condition or the control leaves out is counted, and the control is the same rows each time.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	p := w.mustPlan("control: 30%\n"+good, header+row(map[string]string{"account_ref": "A-0", "customer_no": "C-0", "days_past_due": "4"})+many(400))
	var drawn []string
	for range 2 {
		var now []string
		for r, err := range w.launch.Rows(t.Context(), p) {
			if err != nil {
				t.Fatal(err)
			}
			if r.LeftOut == campaign.Control {
				now = append(now, r.Request.ID)
			}
		}
		if drawn != nil && strings.Join(drawn, " ") != strings.Join(now, " ") {
			t.Errorf("the control is %q, then %q, want the same", drawn, now)
		}
		drawn = now
	}
	if len(drawn) < 80 || len(drawn) > 160 {
		t.Errorf("the control has %d of 400 rows, want about 120", len(drawn))
	}
	s, err := w.launch.Survey(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	want := []campaign.Count{{Name: campaign.Control, Rows: len(drawn)}, {Name: "days_past_due >= 5", Rows: 1}}
	if len(s.LeftOut) != 2 || s.LeftOut[0] != want[0] || s.LeftOut[1] != want[1] || s.Open != 400-len(drawn) {
		t.Errorf("left out %v and to open %d, want %v and %d", s.LeftOut, s.Open, want, 400-len(drawn))
	}
}
