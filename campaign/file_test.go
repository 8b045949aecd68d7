package campaign_test

import (
	"strings"
	"testing"
)

// good is a campaign over the audience that row writes.
const good = `campaign: overdue
workflow: overdue-account
audience:
  csv: clients.csv
  ref: account_ref
  contact: customer_no
  where: ["days_past_due >= 5"]
  addresses: {whatsapp: whatsapp, sms: mobile}
  language: language
  zone: zone
  consent: {source: "card agreement", given: "consented:02/01/2006"}
  facts: {first_name: first_name, account_last4: last4, due_date: "due:02/01/2006", date_of_birth: "born:02/01/2006", postcode: postcode}
`

// Every problem of a file is said at its place, with the nearest right name, and what isn't supported is never ignored.
func TestFileProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, tc := range []struct {
		name, old, new string
		want           string
	}{
		{"unknown key", "language: language", "langauge: language", `campaign.yaml:9:3: unknown key "langauge": did you mean "language"?`},
		{"missing key", "campaign: overdue", "", "campaign is missing"},
		{"name", "campaign: overdue", "campaign: Über Fällig", "a campaign's name has small letters, digits and dashes"},
		{"no consent", `  consent: {source: "card agreement", given: "consented:02/01/2006"}` + "\n", "", "Nobody is written to without one"},
		{"unknown workflow", "workflow: overdue-account", "workflow: overdue-acount", `campaign.yaml:2:11: there is no workflow "overdue-acount": did you mean "overdue-account"?`},
		{"unknown fact", "first_name: first_name", "frist_name: first_name", `campaign.yaml:12:23: workflow overdue-account has no fact "frist_name": did you mean "first_name"?`},
		{"looked up", "first_name: first_name", "balance: balance", "fact balance is looked up with core.account"},
		{"asked", "first_name: first_name", "promised: promised", "fact promised is asked of the customer"},
		{"computed", "first_name: first_name", "part_least: x", "fact part_least is computed"},
		{"missing fact", `due_date: "due:02/01/2006", `, "", "fact due_date of workflow overdue-account is missing"},
		{"layout", `"due:02/01/2006"`, `"due:dd/mm/yyyy"`, `"dd/mm/yyyy" is no date's layout`},
		{"half a layout", `"due:02/01/2006"`, `"due:01/2006"`, `"01/2006" is no date's layout`},
		{"layout of a text", "account_last4: last4", `account_last4: "last4:2006"`, "only a date has a layout"},
		{"condition", `days_past_due >= 5`, `days_past_du >= 5`, "campaign.yaml:7:11: days_past_du >= 5:"},
		{"secret condition", `days_past_due >= 5`, `postcode == account_last4`, "postcode is secret"},
		{"condition of a wrong type", `days_past_due >= 5`, `days_past_due + 5`, "true or false"},
		{"unconfigured channel", "whatsapp: whatsapp", "email: email", `no channel "email" is configured in settle.yaml`},
		{"texts", "audience:", "texts: {hello: {a: 50%, b: 50%}}\naudience:", "campaign.yaml:3:8: texts is not supported in this release: leave it out"},
		{"stop-when", "audience:", "stop-when: {follow-up: 20%}\naudience:", "stop-when is not supported in this release: leave it out"},
		{"hours", "audience:", "pace: {hours: always}\naudience:", "hours other than pack are not supported in this release"},
		{"rate", "audience:", "pace: {rate: 50}\naudience:", `"50" is not a rate`},
		{"days", "audience:", "pace: {from: 2026-12-01, until: 2026-11-01}\naudience:", "until is before from"},
		{"no day", "audience:", "pace: {from: 1.12.2026}\naudience:", "not a day: write it as 2026-11-02"},
		{"control", "audience:", "control: 5\naudience:", "is not a share"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.Replace(good, tc.old, tc.new, 1)
			if text == good {
				t.Fatal("the case changes nothing")
			}
			_, err := w.plan(text, "")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}

// What is wrong with a whole audience stops everything, and says what to do.
func TestAudienceThatCantBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, tc := range []struct{ name, data, want string }{
		{"empty", "", "it is empty: its first line names the columns"},
		{"UTF-16", "\xff\xfea\x00", "it is UTF-16: save it as CSV in UTF-8"},
		{"semicolons", strings.ReplaceAll(header, ",", ";"), "separated by semicolons: save it with commas"},
		{"column misspelt", strings.Replace(header, "mobile", "mobil", 1), `campaign.yaml:8:40: clients.csv has no column "mobile": did you mean "mobil"?`},
		{"column of a condition", strings.Replace(header, "days_past_due", "days", 1), `has no column "days_past_due"`},
		{"column twice", strings.Replace(header, "balance", "zone", 1), `column "zone" is here twice`},
		{"quote never closed", header + row(nil) + `"never closed,` + "\n" + row(nil) + row(nil), "clients.csv:3: a quote that is opened in this row isn't closed"},
		{"quote never closed, long", header + row(nil) + `"never closed,` + "\n" + strings.Repeat(row(nil), 20_000), "a row of more than 1 MiB begins after line 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := w.mustPlan(good, tc.data)
			if _, err := w.launch.Survey(t.Context(), p); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}
