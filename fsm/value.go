package fsm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"github.com/cockroachdb/apd/v3"

	"github.com/settle-chat/settle/fsm/answer"
)

// Moment is the type of an instant, RFC 3339 in canonical text. It is no fact's type: only now has it, and what is
// calculated from it.
const Moment Type = "time"

// maxText bounds a text value in bytes: what a customer may write, with room for any script.
const maxText = 16 << 10

// exact is the arithmetic of money: 34 digits, and no condition is let through in silence.
var exact = apd.Context{Precision: 34, MaxExponent: 60, MinExponent: -60, Rounding: apd.RoundHalfUp,
	Traps: apd.DefaultTraps | apd.SystemOverflow | apd.SystemUnderflow}

// ErrValue says that a canonical text isn't one of its type. Test with errors.Is.
var ErrValue = fmt.Errorf("not a value of its type")

// Value is one typed, immutable value: its type and its canonical text. The zero Value is no value. Values of one
// currency are comparable with ==, for each has exactly one canonical text.
type Value struct {
	kind Type
	text string
}

// TextValue is a text.
func TextValue(s string) Value { return Value{Text, s} }

// IntegerValue is an integer.
func IntegerValue(n int64) Value { return Value{Integer, strconv.FormatInt(n, 10)} }

// BooleanValue is true or false.
func BooleanValue(b bool) Value { return Value{Boolean, strconv.FormatBool(b)} }

// DateValue is a day of the calendar.
func DateValue(year int, month time.Month, day int) Value {
	return Value{Date, time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)}
}

// MomentValue is an instant, in its own zone.
func MomentValue(t time.Time) Value { return Value{Moment, t.Format(time.RFC3339)} }

// MoneyValue is an amount, rounded half up to the currency's smallest unit.
func MoneyValue(d *apd.Decimal, code string) (Value, error) {
	rounded, exponent := d, -int32(moneyDigits(code))
	if d.Form != apd.Finite || d.Exponent != exponent || d.Negative || d.NumDigits() > 20 { // else it is rounded as it is
		rounded = new(apd.Decimal)
		if _, err := exact.Quantize(rounded, d, exponent); err != nil {
			return Value{}, fmt.Errorf("%w: money: %w", ErrValue, err)
		}
		if rounded.IsZero() {
			rounded.Negative = false // -0.00 would be a second text for nothing
		}
	}
	if rounded.NumDigits() > 20 {
		return Value{}, fmt.Errorf("%w: money: more than 20 digits", ErrValue)
	}
	return Value{Money, rounded.Text('f')}, nil
}

// moneyDigits is how many decimals the currency has; two where none is named.
func moneyDigits(code string) uint8 {
	if d, ok := currency.GetDigits(code); ok {
		return d
	}
	return 2
}

var (
	plainMoney = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,4})?$`)
	choiceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	plainPhone = regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)
)

// ParseValue reads a canonical text. Money has no more decimals than its currency and no exponent; it comes out with all
// its decimals. An error never quotes the text: it may be personal.
func ParseValue(t Type, currencyCode, canonical string) (Value, error) {
	bad := func(want string) (Value, error) { return Value{}, fmt.Errorf("%w: %s: want %s", ErrValue, t, want) }
	if len(canonical) > maxText || !utf8.ValidString(canonical) {
		return bad("valid UTF-8 of at most 16 KiB")
	}
	switch t {
	case Text, Email, Postal, File:
		return Value{t, canonical}, nil
	case Phone:
		if !plainPhone.MatchString(canonical) {
			return bad("E.164, as +27821234567")
		}
	case Integer:
		n, err := strconv.ParseInt(canonical, 10, 64)
		if err != nil {
			return bad("a whole number")
		}
		return IntegerValue(n), nil
	case Boolean:
		if canonical != "true" && canonical != "false" {
			return bad("true or false")
		}
	case Money:
		return parseMoney(currencyCode, canonical)
	case Date:
		d, err := time.Parse(time.DateOnly, canonical)
		if err != nil || d.Year() < 1 {
			return bad("a day, as 2026-11-30")
		}
	case Moment:
		if _, err := time.Parse(time.RFC3339, canonical); err != nil {
			return bad("RFC 3339")
		}
	case Chosen:
		if !choiceName.MatchString(canonical) {
			return bad("the name of a choice")
		}
	case Several:
		if canonical != "" && slices.ContainsFunc(strings.Split(canonical, ","), func(s string) bool { return !choiceName.MatchString(s) }) {
			return bad("names of choices, separated by commas")
		}
	default:
		return Value{}, fmt.Errorf("%w: unknown type %q", ErrValue, t)
	}
	return Value{t, canonical}, nil
}

func parseMoney(code, canonical string) (Value, error) {
	if _, ok := answer.Units(canonical, int(moneyDigits(code))); ok {
		return Value{Money, canonical}, nil
	}
	return parseAnyMoney(code, canonical)
}

func parseAnyMoney(code, canonical string) (Value, error) {
	if !plainMoney.MatchString(canonical) {
		return Value{}, fmt.Errorf("%w: money: want a plain decimal, as 1250.00", ErrValue)
	}
	d, _, err := apd.NewFromString(canonical)
	if err != nil {
		return Value{}, fmt.Errorf("%w: money: %w", ErrValue, err)
	}
	v, err := MoneyValue(d, code)
	if err != nil {
		return Value{}, err
	}
	if v.Decimal().Cmp(d) != 0 {
		return Value{}, fmt.Errorf("%w: money: %s has %d decimals", ErrValue, code, moneyDigits(code))
	}
	return v, nil
}

// Type is the value's type; empty for no value.
func (v Value) Type() Type { return v.kind }

// String is the canonical text.
func (v Value) String() string { return v.text }

// IsZero reports whether this is no value at all. An empty text is one.
func (v Value) IsZero() bool { return v.kind == "" }

// True is true for the boolean true, and for nothing else: what can't be judged isn't eligible.
func (v Value) True() bool { return v.kind == Boolean && v.text == "true" }

// Int is the integer, or 0.
func (v Value) Int() int64 {
	if v.kind != Integer {
		return 0
	}
	n, _ := strconv.ParseInt(v.text, 10, 64)
	return n
}

// Decimal is a copy of the amount, or of the integer; else 0.
func (v Value) Decimal() *apd.Decimal {
	if v.kind == Money || v.kind == Integer {
		_, fraction, _ := strings.Cut(v.text, ".")
		digits := len(fraction)
		if n, ok := answer.Units(v.text, digits); ok {
			return apd.New(n, -int32(digits))
		}
		if d, _, err := apd.NewFromString(v.text); err == nil {
			return d
		}
	}
	return new(apd.Decimal)
}

// Time is the instant, or the day at midnight UTC; else the zero time.
func (v Value) Time() time.Time {
	var t time.Time
	switch v.kind {
	case Date:
		t, _ = time.Parse(time.DateOnly, v.text)
	case Moment:
		t, _ = time.Parse(time.RFC3339, v.text)
	}
	return t
}

// List is the choices made.
func (v Value) List() []string {
	if v.kind != Several || v.text == "" {
		return nil
	}
	return strings.Split(v.text, ",")
}

// Compare orders two values of one type that has an order: integer, money, date, time. Money compares with an integer.
// ok is false for all others.
func (v Value) Compare(o Value) (order int, ok bool) {
	number := func(t Type) bool { return t == Money || t == Integer }
	switch {
	case number(v.kind) && number(o.kind):
		return v.Decimal().Cmp(o.Decimal()), true
	case v.kind == o.kind && (v.kind == Date || v.kind == Moment):
		return v.Time().Compare(o.Time()), true
	}
	return 0, false
}
