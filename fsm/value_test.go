package fsm

import (
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"pgregory.net/rapid"
)

func TestParseValue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind                 Type
		currency, text, want string // want is empty where it is refused
	}{
		{Money, "ZAR", "1250", "1250.00"},
		{Money, "ZAR", "1250.5", "1250.50"},
		{Money, "ZAR", "1250.500", "1250.50"},
		{Money, "ZAR", "1250.505", ""},
		{Money, "JPY", "1250", "1250"},
		{Money, "JPY", "1250.5", ""},
		{Money, "KWD", "1.234", "1.234"},
		{Money, "ZAR", "-0.00", "0.00"},
		{Money, "ZAR", "-3", "-3.00"},
		{Money, "ZAR", "1e3", ""},
		{Money, "ZAR", "1,250.00", ""},
		{Money, "ZAR", "+1", ""},
		{Money, "ZAR", ".5", ""},
		{Money, "ZAR", "NaN", ""},
		{Money, "ZAR", strings.Repeat("9", 19), ""},
		{Integer, "", "007", "7"},
		{Integer, "", "9223372036854775808", ""},
		{Integer, "", "1.0", ""},
		{Boolean, "", "true", "true"},
		{Boolean, "", "yes", ""},
		{Date, "", "2026-02-29", ""},
		{Date, "", "2028-02-29", "2028-02-29"},
		{Date, "", "2026-2-3", ""},
		{Moment, "", "2026-11-24T10:00:00+02:00", "2026-11-24T10:00:00+02:00"},
		{Moment, "", "2026-11-24", ""},
		{Chosen, "", "paid-already", "paid-already"},
		{Chosen, "", "Paid Already", ""},
		{Several, "", "id,proof", "id,proof"},
		{Several, "", "", ""},
		{Several, "", "id,,proof", ""},
		{Phone, "", "+27821234567", "+27821234567"},
		{Phone, "", "0821234567", ""},
		{Text, "", "a\xffb", ""},
		{Text, "", strings.Repeat("x", maxText+1), ""},
		{Text, "", "any\ntext", "any\ntext"},
		{"colour", "", "red", ""},
	} {
		got, err := ParseValue(tc.kind, tc.currency, tc.text)
		empty := tc.kind == Several && tc.text == ""
		if got.String() != tc.want || (err == nil) == (tc.want == "" && !empty) {
			t.Errorf("ParseValue(%s, %q, %.30q) = %q, %v, want %q", tc.kind, tc.currency, tc.text, got, err, tc.want)
		}
		if err != nil && !errors.Is(err, ErrValue) {
			t.Errorf("ParseValue(%s, %.30q): %v is no ErrValue", tc.kind, tc.text, err)
		}
		if err != nil && len(tc.text) > 4 && strings.Contains(err.Error(), tc.text) {
			t.Errorf("ParseValue(%s): the error quotes the text: %v", tc.kind, err)
		}
	}
}

func TestValueCompare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b Value
		want int
		ok   bool
	}{
		{celOf(t, Money, "9"), celOf(t, Money, "10"), -1, true},
		{celOf(t, Money, "10"), IntegerValue(10), 0, true},
		{IntegerValue(11), IntegerValue(10), 1, true},
		{celOf(t, Date, "2026-11-01"), celOf(t, Date, "2026-10-31"), 1, true},
		{celOf(t, Date, "2026-11-01"), IntegerValue(1), 0, false},
		{TextValue("a"), TextValue("b"), 0, false},
		{Value{}, Value{}, 0, false},
	} {
		if got, ok := tc.a.Compare(tc.b); got != tc.want || ok != tc.ok {
			t.Errorf("%v.Compare(%v) = %d, %v, want %d, %v", tc.a, tc.b, got, ok, tc.want, tc.ok)
		}
	}
	if v := celOf(t, Several, "id,proof"); strings.Join(v.List(), "|") != "id|proof" || !(Value{}).IsZero() || v.IsZero() || v.True() || v.Int() != 0 || !v.Time().IsZero() {
		t.Errorf("accessors of %v disagree with its type", v)
	}
}

// Amounts are exact: what is added can be taken away, and every amount has one canonical text.
func TestMoneyIsExact(t *testing.T) {
	t.Parallel()
	s := testScope(t)
	sum, wrongs := s.compile("balance + paid.amount - paid.amount", Money)
	if wrongs != nil {
		t.Fatal(wrongs)
	}
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(-1e15, 1e15)
		a, err := MoneyValue(apd.New(cents.Draw(t, "a"), -2), "ZAR")
		if err != nil {
			t.Fatal(err)
		}
		b, err := MoneyValue(apd.New(cents.Draw(t, "b"), -2), "ZAR")
		if err != nil {
			t.Fatal(err)
		}
		got, err := sum.Eval(Vars{Currency: "ZAR", Get: func(name string) (Value, bool) {
			return map[string]Value{"balance": a, "paid.amount": b}[name], true
		}})
		if err != nil || got != a {
			t.Fatalf("%v + %v - %v = %v, %v", a, b, b, got, err)
		}
		again, err := ParseValue(Money, "ZAR", a.String())
		if err != nil || again != a {
			t.Fatalf("ParseValue(%q) = %v, %v", a, again, err)
		}
	})
}
