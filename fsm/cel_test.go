package fsm

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// testScope has one fact of each type.
func testScope(t testing.TB) *scope {
	t.Helper()
	computed := &computed{limits: map[string]Value{"plan_least": IntegerValue(450)}, facts: map[string]*FactDef{}}
	s := &scope{computed: computed, hidden: map[string]string{"birth": "birth is secret: only the identity check can use it"},
		facts: map[string]*FactDef{"reason": {Type: Chosen, Of: []string{"expired-card", "blocked"}}, "needs": {Type: Several, Of: []string{"id", "proof"}}},
		names: map[string]Type{"balance": Money, "paid.amount": Money, "days_past_due": Integer, "months": Integer, "plan_least": Integer, "in_dispute": Boolean,
			"due": Date, "today": Date, "now": Moment, "reason": Chosen, "needs": Several, "name": Text, "half": Money, "phone": Phone}}
	if err := s.prepare(); err != nil {
		t.Fatal(err)
	}
	half, wrongs := s.compile("balance / 2", Money)
	if wrongs != nil {
		t.Fatal(wrongs)
	}
	computed.facts["half"] = &FactDef{Name: "half", Type: Money, Is: half}
	return s
}

// testVars know what a test says, and nothing else.
func testVars(t testing.TB, known map[string]Value) Vars {
	t.Helper()
	zone := time.FixedZone("SAST", 2*60*60)
	return Vars{Currency: "ZAR", Now: time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC).In(zone),
		Get: func(name string) (Value, bool) { v, ok := known[name]; return v, ok }}
}

func celOf(t testing.TB, kind Type, canonical string) Value {
	t.Helper()
	v, err := ParseValue(kind, "ZAR", canonical)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func celKnown(t testing.TB) map[string]Value {
	t.Helper()
	return map[string]Value{"balance": celOf(t, Money, "1250.00"), "paid.amount": celOf(t, Money, "1250"), "days_past_due": IntegerValue(23), "months": IntegerValue(3),
		"in_dispute": BooleanValue(false), "due": celOf(t, Date, "2026-11-01"), "reason": celOf(t, Chosen, "blocked"), "needs": celOf(t, Several, "id"),
		"name": TextValue("Thandi"), "phone": celOf(t, Phone, "+27821234567")}
}

func TestEval(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		source string
		want   Type
		gives  string
	}{
		{"balance >= 50", Boolean, "true"},
		{"50 <= balance", Boolean, "true"},
		{"balance >= plan_least", Boolean, "true"},
		{"balance <= 0", Boolean, "false"},
		{"balance - paid.amount <= 0", Boolean, "true"},
		{"max(50, round_up(balance / 10, 1))", Money, "125.00"},
		{"min(balance, 50)", Money, "50.00"},
		{"round_up(balance / months, 1)", Money, "417.00"},
		{"round_up(balance / months, 10)", Money, "420.00"},
		{"round_up(balance, 1)", Money, "1250.00"},
		{"balance / months", Money, "416.67"},
		{"balance / months * months <= balance", Boolean, "true"},
		{"balance * 2 + 1", Money, "2501.00"},
		{"3 * balance - money(\"0.01\")", Money, "3749.99"},
		{"-balance", Money, "-1250.00"},
		{"half", Money, "625.00"},
		{"half + half == balance || half + half <= balance", Boolean, ""},
		{"balance >= money(\"1250.00\") && balance <= money(\"1250.000\")", Boolean, "true"},
		{"500", Money, "500.00"},
		{"days_past_due * 2 - 6", Integer, "40"},
		{"days_past_due / months", Integer, "7"},
		{"!in_dispute", Boolean, "true"},
		{"months <= 6 || days_past_due <= 30", Boolean, "true"},
		{"in_dispute ? days_past_due : months", Integer, "3"},
		{"today", Date, "2026-11-25"}, // half past eleven at night in London is tomorrow in Johannesburg
		{"today + days(14)", Date, "2026-12-09"},
		{"due - days(1)", Date, "2026-10-31"},
		{"today + business_days(3)", Date, "2026-11-30"},
		{"today - business_days(3)", Date, "2026-11-20"},
		{"due < today && due + days(24) == today", Boolean, "true"},
		{"max(due, today)", Date, "2026-11-25"},
		{"now + days(3)", Moment, "2026-11-28T01:30:00+02:00"},
		{"due", Moment, "2026-11-01"},
		{"reason == 'blocked'", Boolean, "true"},
		{"reason in ['expired-card', 'blocked']", Boolean, "true"},
		{"'id' in needs && !('proof' in needs)", Boolean, "true"},
		{"name != 'x'", Boolean, "true"},
		{"has(name)", Boolean, "true"},
		{"phone", Text, "+27821234567"},
		{"needs", Several, "id"},
		{"'blocked'", Chosen, "blocked"},
	} {
		t.Run(tc.source, func(t *testing.T) {
			t.Parallel()
			x, wrongs := testScope(t).compile(tc.source, tc.want)
			if tc.gives == "" {
				if wrongs == nil {
					t.Fatalf("compile(%q) passed, want a refusal", tc.source)
				}
				return
			}
			if wrongs != nil {
				t.Fatalf("compile(%q): %v", tc.source, wrongs)
			}
			got, err := x.Eval(testVars(t, celKnown(t)))
			if err != nil || got.String() != tc.gives {
				t.Errorf("Eval(%q) = %v, %v, want %s", tc.source, got, err, tc.gives)
			}
		})
	}
}

// A missing fact is never eligible, whatever stands beside it; only has() may ask.
func TestMissingFact(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"balance >= 50":                      "missing balance",
		"balance >= 50 || true":              "missing balance",
		"true || balance >= 50":              "missing balance",
		"half >= 50":                         "missing half",
		"months <= 6 || days_past_due <= 30": "missing days_past_due",
		"has(balance)":                       "false",
		"!has(balance) || balance >= 50":     "true",
		"has(balance) && balance >= 50":      "false",
		"balance >= 50 || has(balance)":      "missing balance", // asked for, but read before it is known
		"has(half)":                          "false",
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			x, wrongs := testScope(t).compile(source, Boolean)
			if wrongs != nil {
				t.Fatal(wrongs)
			}
			v, err := x.Eval(testVars(t, map[string]Value{"months": IntegerValue(3)}))
			got := v.String()
			if missing := new(ErrMissing); errors.As(err, missing) {
				got = missing.Error()
			} else if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("Eval(%q) without its facts = %q, want %q", source, got, want)
			}
		})
	}
}

// What a value turns out to be may make a calculation impossible. That is an error, never a panic and never eligible.
func TestEvalFails(t *testing.T) {
	t.Parallel()
	facts := celKnown(t)
	facts["months"], facts["days_past_due"], facts["due"] = IntegerValue(0), IntegerValue(1<<62), celOf(t, Date, "9990-01-01")
	for _, source := range []string{"balance / months >= 1", "days_past_due / months >= 1", "days_past_due * 4 > 1", "today + days(days_past_due) > today",
		"round_up(balance, months) >= 1", "due + days(36600) > today"} {
		x, wrongs := testScope(t).compile(source, Boolean)
		if wrongs != nil {
			t.Fatal(source, wrongs)
		}
		if v, err := x.Eval(testVars(t, facts)); err == nil {
			t.Errorf("Eval(%q) = %v, want an error", source, v)
		}
	}
	wrong := celKnown(t)
	wrong["balance"] = TextValue("much")
	x, _ := testScope(t).compile("balance >= 50", Boolean)
	if v, err := x.Eval(testVars(t, wrong)); err == nil {
		t.Errorf("Eval with a text for an amount = %v, want an error", v)
	}
}

// Business days are those that one counts on one's fingers.
func TestBusinessDays(t *testing.T) {
	t.Parallel()
	for d := range 14 {
		from := time.Date(2026, 11, 16+d, 0, 0, 0, 0, time.UTC)
		for n := -23; n <= 23; n++ {
			want, left, step := from, n, 1
			if n < 0 {
				left, step = -n, -1
			}
			for left > 0 {
				if want = want.AddDate(0, 0, step); want.Weekday() != time.Saturday && want.Weekday() != time.Sunday {
					left--
				}
			}
			if got := businessDays(from, n); !got.Equal(want) {
				t.Errorf("%s + business_days(%d) = %s, want %s", from.Format("Mon 2006-01-02"), n, got.Format("Mon 2006-01-02"), want.Format("Mon 2006-01-02"))
			}
		}
	}
}

// Facts that are computed from each other, each reading the one before it twice, cost what they are, not two to their number.
func TestComputedFactsAreWorkedOutOnce(t *testing.T) {
	t.Parallel()
	facts := "\n  f0: {type: money, is: balance}"
	for i := 1; i <= 10; i++ {
		facts += fmt.Sprintf("\n  f%d: {type: money, is: \"f%d - f%d + f%d\"}", i, i-1, i-1, i-1)
	}
	w := loadSmall(t, loadEdit{inSmall, "facts:\n  balance:", "facts:" + facts + "\n  balance:"})
	took := time.Hour
	for range 3 {
		begun := time.Now()
		v, ok := w.Value("f10", testVars(t, celKnown(t)))
		if !ok || v.String() != "1250.00" {
			t.Fatalf("f10 = %v, %v, want 1250.00", v, ok)
		}
		took = min(took, time.Since(begun))
	}
	if took > 50*time.Millisecond {
		t.Errorf("10 computed facts took %v, want below 50 ms", took)
	}
	if v, ok := w.Value("f10", testVars(t, nil)); ok {
		t.Errorf("f10 without its source = %v, want nothing", v)
	}
	if got := w.Facts["f10"].Is.Uses; len(got) != 1 || got[0] != "balance" {
		t.Errorf("f10 uses %v, want balance", got)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	x, wrongs := testScope(t).compile("has(name) && (half >= 50 || today > due) && balance >= 1 && balance <= 9", Boolean)
	if wrongs != nil {
		t.Fatal(wrongs)
	}
	if got, want := strings.Join(x.Reads, " "), "balance due half name today"; got != want {
		t.Errorf("Reads = %q, want %q", got, want)
	}
	if got, want := strings.Join(x.Tested, " "), "name"; got != want {
		t.Errorf("Tested = %q, want %q", got, want)
	}
}

// FuzzExpression: whatever an author writes, compiling and evaluating neither panics nor takes long.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{"balance >= 50", "max(50, round_up(balance / 10, 1))", "today + business_days(36600)", "has(x)", "'id' in needs", "{}", "a.b.c()", "1.5",
		"[[[[1]]]]", "\"\\x00\"", "needs.map(x, x)", "!!!!!!true", "-9223372036854775808", "1/0", "round_up(balance,-1)", "`balance`", "a?.b", "dyn(1)", "type(1)"} {
		f.Add(s, "1250.00", int64(3))
	}
	s := testScope(f)
	facts := celKnown(f)
	f.Fuzz(func(t *testing.T, source, amount string, n int64) {
		x, wrongs := s.compile(source, "")
		if (x == nil) == (len(wrongs) == 0) {
			t.Fatalf("compile(%q) = %v, %v: want either", source, x, wrongs)
		}
		if x == nil {
			return
		}
		own := map[string]Value{}
		for k, v := range facts {
			own[k] = v
		}
		own["months"] = IntegerValue(n)
		if v, err := ParseValue(Money, "ZAR", amount); err == nil {
			own["balance"] = v
		}
		v, err := x.Eval(testVars(t, own))
		took := time.Hour
		for range 5 { // the quickest of five: a busy machine isn't the expression's fault
			begun := time.Now()
			v, err = x.Eval(testVars(t, own))
			took = min(took, time.Since(begun))
		}
		if took > 50*time.Millisecond {
			t.Errorf("Eval(%q) took %v, want below 50 ms", source, took)
		}
		if err == nil {
			if _, err := ParseValue(v.Type(), "ZAR", v.String()); err != nil {
				t.Errorf("Eval(%q) = %q of type %s, which isn't canonical: %v", source, v, v.Type(), err)
			}
		}
	})
}
