package integrations

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"github.com/settle-chat/settle/internal/nearest"
)

// Types are the types that settle.yaml may declare for an input or an output.
var Types = []string{"text", "integer", "boolean", "money", "date", "choice", "choices", "phone", "email", "address", "file"}

// plain is a decimal as a person writes it: no exponent, no sign but minus, no leading zero. The currency library takes
// "1e5" and "+1", which a bank's record never means.
var plain = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?$`)

// ParseMoney reads an exact decimal, such as "1250.00" or "1250.5", as minor units of the currency. It never rounds: more
// decimals than the currency has are refused, and so is anything from 10^15 up. Its error doesn't hold the amount.
func ParseMoney(text, code string) (int64, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return 0, fmt.Errorf("currency %q is not known: use its ISO 4217 code, for example ZAR", code)
	}
	if !plain.MatchString(text) {
		return 0, fmt.Errorf("not an exact amount: digits and at most %d decimals, for example 1250.00", digits)
	}
	if _, decimals, _ := strings.Cut(text, "."); len(decimals) > int(digits) {
		return 0, fmt.Errorf("an amount with %d decimals: %s has %d", len(decimals), code, digits)
	}
	a, err := currency.NewAmount(text, code)
	if err != nil {
		return 0, fmt.Errorf("not an exact amount of %s", code)
	}
	minor, err := a.Int64()
	if err != nil {
		return 0, fmt.Errorf("an amount too large for %s", code)
	}
	return minor, nil
}

// FormatMoney writes minor units with exactly the currency's decimals.
func FormatMoney(minor int64, code string) (string, error) {
	a, err := currency.NewAmountFromInt64(minor, code)
	if err != nil {
		return "", fmt.Errorf("currency %q is not known: use its ISO 4217 code, for example ZAR", code)
	}
	return a.Number(), nil
}

// Canonical gives a value of the type its canonical text, or says what is wrong with it, never what it is.
func Canonical(typ, text, code string) (string, error) {
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("not valid UTF-8")
	}
	switch typ {
	case "money":
		minor, err := ParseMoney(text, code)
		if err != nil {
			return "", err
		}
		return FormatMoney(minor, code)
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", fmt.Errorf("not a whole number")
		}
		return strconv.FormatInt(n, 10), nil
	case "boolean":
		if text != "true" && text != "false" {
			return "", fmt.Errorf("not true or false")
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "", fmt.Errorf("not a date, for example 2026-11-20")
		}
	default:
		if !slices.Contains(Types, typ) {
			return "", fmt.Errorf("type %q is not known: one of %s", typ, strings.Join(Types, ", "))
		}
	}
	return text, nil
}

// DidYouMean names the known word nearest to a wrong one, for an error that helps: `did you mean "balance"?`, else the list.
func DidYouMean(wrong string, known []string) string {
	if best := nearest.Name(wrong, known); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 {
		return "there is none"
	}
	return "one of " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}
