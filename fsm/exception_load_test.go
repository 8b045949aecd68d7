package fsm

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestExceptionLoads(t *testing.T) {
	t.Parallel()
	w := heldLibrary(t).Named("held")
	x := w.Exceptions["hardship"]
	got := fmt.Sprint(x.Opens.Workflow, " ", x.Opens.When.Source, " ", keys(x.Opens.Facts), " ", x.Undo.Write.Operation, " ", x.Undo.Within, " ", x.Undo.To)
	if want := fmt.Sprint("review today + days(30) [noticed] sys.lift ", 24*time.Hour, " taken-back"); got != want {
		t.Errorf("hardship carries %q, want %q", got, want)
	}
	for _, name := range []string{"held", "review"} {
		if ps := Check(heldLibrary(t).Named(name)); len(ps) > 0 {
			t.Errorf("Check of %s:\n%v\nwant nothing", name, ps)
		}
	}
}

// What is wrong in an exception's opens and undo is said as it is of an outcome's, and where it stands.
func TestExceptionLoadsAsOutcomesDo(t *testing.T) {
	t.Parallel()
	const undo, opens = "write: sys.record, undo: ", "opens: "
	for _, tc := range []struct{ name, body, at, says string }{
		{"an operation that isn't there", undo + "{write: sys.lfit, within: 24h, to: menu}", "sys.lfit", "sys.lift"},
		{"a lookup", undo + "{write: sys.read, within: 24h, to: menu}", "sys.read", "lookup"},
		{"an input that is missing", undo + "{write: sys.number, within: 24h, to: menu}", "sys.number", "n"},
		{"an input of another type", undo + "{write: sys.number, with: {n: today}, within: 24h, to: menu}", "today", "date"},
		{"a state that isn't there", undo + "{write: sys.lift, within: 24h, to: mneu}", "mneu", "menu"},
		{"no duration", undo + "{write: sys.lift, within: soon, to: menu}", "soon", "30m"},
		{"no within", undo + "{write: sys.lift, to: menu}", "", "within"},
		{"no to", undo + "{write: sys.lift, within: 24h}", "", "to"},
		{"no write in undo", undo + "{within: 24h, to: menu}", "", "write"},
		{"an unknown key of undo", undo + "{write: sys.lift, withinn: 24h, within: 24h, to: menu}", "withinn", "within"},
		{"nothing to undo", "undo: {write: sys.lift, within: 24h, to: menu}", "{write: sys.lift", "nothing to undo"},
		{"undo that is no map", undo + "menu", "menu", "undo"},
		{"a workflow that isn't there", opens + "{workflow: reviw, at: today}", "same", "review"},
		{"at no time", opens + "{workflow: review, at: given}", "given", ""},
		{"an unknown fact in at", opens + "{workflow: review, at: todya}", "todya", ""},
		{"no at", opens + "{workflow: review}", "", "at"},
		{"no workflow", opens + "{at: today}", "", "workflow"},
		{"a fact that it doesn't have", opens + "{workflow: review, at: today, facts: {notced: today}}", "today}}", "noticed"},
		{"a fact of another type", opens + "{workflow: review, at: today, facts: {noticed: given}}", "given", "date"},
		{"an unknown key of opens", opens + "{workflow: review, att: today, at: today}", "att", "at"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			of := func(section, line string) string {
				fsys, d := heldFiles(t, [2]string{section + ":\n", section + ":\n" + line + "\n"})
				_, err := LoadTree(fsys, d)
				if err == nil {
					t.Fatalf("%s loads", line)
				}
				data, _ := fs.ReadFile(fsys, "workflows/held.yaml")
				text, at := string(data), strings.Index(line, tc.at)
				if tc.at != "" && tc.at != "same" {
					at = strings.Index(line, tc.body) + strings.LastIndex(tc.body, tc.at)
				}
				place := fmt.Sprintf("held.yaml:%d:%d:", strings.Count(text[:strings.Index(text, line)], "\n")+1, at+1)
				if tc.at != "" && !strings.Contains(err.Error(), place) {
					t.Errorf("%s: got\n%v\nwant it at %s", line, err, place)
				}
				if !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%s: got\n%v\nwant it to say %q", line, err, tc.says)
				}
				plain := regexp.MustCompile(`held\.yaml:\d+:\d+|\d+:\d+`).ReplaceAllString(err.Error(), "held.yaml")
				return regexp.MustCompile(`(outcome|exception) same|exceptions?|outcomes?`).ReplaceAllString(plain, "END")
			}
			outcome, exception := of("outcomes", "  same: {"+tc.body+"}"), of("exceptions", "  same: {queue: care, "+tc.body+"}")
			if outcome != exception {
				t.Errorf("of an exception it says\n%s\nof an outcome\n%s", exception, outcome)
			}
		})
	}
}

// What Check says of an outcome's undo it says of an exception's.
func TestExceptionChecks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		edit [2]string
		want string
	}{
		{"a reversal that needs more than anybody can show", [2]string{"exceptions:\n", "exceptions:\n  risky: {queue: care, write: sys.record, undo: {write: sys.money, within: 24h, to: menu}}\n"},
			"undo of exception risky needs approval"},
		{"no way out of where it leads", [2]string{"{say: taken-back, options: [{id: continue, to: menu}]}", "{say: taken-back, options: [{id: continue, to: taken-back}]}"},
			"state taken-back has no way out"},
		{"nothing leads where it led", [2]string{", to: taken-back}", ", to: menu}"}, "state taken-back is never reached"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ps := Check(heldLibrary(t, tc.edit).Named("held"))
			if !strings.Contains(fmt.Sprint(ps), tc.want) {
				t.Errorf("Check found\n%v\nwant %q", ps, tc.want)
			}
		})
	}
}

// Where only an exception's undo needs to know who replies, the customer may still be asked.
func TestExceptionUndoChallenges(t *testing.T) {
	t.Parallel()
	for undo, want := range map[string]bool{"sys.commit": true, "sys.save": false} {
		w := inline(t, "outcomes: {done: {}}\nexceptions: {x: {queue: care, write: sys.save, undo: {write: "+undo+", within: 1h, to: a}}}\nstart: a\nstates:\n"+
			"  a: {say: go, options: [{id: x, to: x}, {id: done, to: done}]}\n", "    x: X\n    done: Done\n").Named("probe")
		if got := w.challenges(); got != want {
			t.Errorf("with undo by %s the customer may be asked: %v, want %v", undo, got, want)
		}
	}
}
