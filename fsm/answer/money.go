package answer

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Money reads an amount of the currency and returns it exactly, with the currency's decimals: "1250.00". The grammar, for ZAR in
// South African English:
//
//	1250, R1250, r 500, 500 rand, ZAR 500      1250.50, 1250,50, 1250.5
//	R1 250.00, 1,250, 1,250.50                 groups of three, all with the same sign
//
// The comma parts groups in English and decimals in Afrikaans; in South African English it does either, and the digits after it say
// which. A number with two readings is ErrAmbiguous, one with more decimals than the currency ErrDecimals, a negative one
// ErrRange, another currency ErrCurrency. Exponents, fractions, "1.5k" and every other form are not understood.
func Money(text, code string, locale Locale) (string, error) {
	canonical, err := readMoney(trim(lex(text)), code, locale)
	if err != nil {
		return "", fmt.Errorf("read amount: %w", err)
	}
	return canonical, nil
}

func readMoney(tokens []token, code string, locale Locale) (string, error) {
	digits, ok := digitsOf(code)
	if !ok {
		return "", fmt.Errorf("currency %q is not an ISO code: %w", code, ErrCurrency)
	}
	locale = locale.amounts(code)
	shape, before, after := cutAmount(tokens)
	if before != "" && after != "" {
		return "", ErrNotUnderstood
	}
	if unsigned := strings.Trim(before, "-\u2212"); unsigned != before {
		return "", ErrRange
	}
	if named := strings.ToLower(before + after); named != "" && !locale.names(code, named) {
		if otherCurrency(named) {
			return "", ErrCurrency
		}
		return "", ErrNotUnderstood
	}
	plain, err := plainDecimal(shape, int(digits), locale)
	if err != nil {
		return "", err
	}
	d, ok := exact(plain, digits, apd.RoundDown) // plainDecimal has refused what would be rounded
	if !ok {
		return "", ErrRange
	}
	return d.Text('f'), nil
}

// cutAmount parts the tokens into what stands before the number, the number with its signs as it is written (spaces made
// one), and what stands after it.
func cutAmount(tokens []token) (shape, before, after string) {
	first, last := -1, -1
	for i, t := range tokens {
		if t.kind == number {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return "", "", ""
	}
	join := func(tokens []token, space string) string {
		var b strings.Builder
		for i, t := range tokens {
			if t.spaced && i > 0 {
				b.WriteString(space)
			}
			b.WriteString(t.text)
		}
		return b.String()
	}
	return join(tokens[first:last+1], " "), join(tokens[:first], ""), join(tokens[last+1:], "")
}

var (
	bare     = regexp.MustCompile(`^(?:0|[1-9][0-9]*)$`)
	grouped  = regexp.MustCompile(`^[1-9][0-9]{0,2}(?:(?: [0-9]{3})+|(?:,[0-9]{3})+)$`)
	decimals = regexp.MustCompile(`^(.*[0-9])([.,])([0-9]+)$`)
)

// plainDecimal brings a number as people write it into the form "1250.5", or says why it can't.
func plainDecimal(shape string, digits int, locale Locale) (string, error) {
	whole, fraction := shape, ""
	if m := decimals.FindStringSubmatch(shape); m != nil {
		group, decimal := locale.comma()
		asGroup := m[2] == "," && group && grouped.MatchString(shape)
		asDecimal := (m[2] == "." || decimal) && (bare.MatchString(m[1]) || grouped.MatchString(m[1])) &&
			!(m[2] == "," && strings.Contains(m[1], ","))
		switch {
		case asGroup && asDecimal && len(m[3]) <= digits: // 1,250 of a currency with three decimals
			return "", ErrAmbiguous
		case asGroup:
		case asDecimal && len(m[3]) > digits:
			return "", ErrDecimals
		case asDecimal:
			whole, fraction = m[1], "."+m[3]
		default:
			return "", ErrNotUnderstood
		}
	}
	group, _ := locale.comma()
	if !bare.MatchString(whole) && !(grouped.MatchString(whole) && (group || !strings.Contains(whole, ","))) {
		return "", ErrNotUnderstood
	}
	plain := strings.NewReplacer(" ", "", ",", "").Replace(whole)
	if len(plain) > maxWhole {
		return "", ErrRange
	}
	return plain + fraction, nil
}

// maxWhole is the most digits before the decimal point.
const maxWhole = 15

// comma says what a comma may do in an amount. South Africa's decimal sign is the comma by law and the point by habit.
func (l Locale) comma() (group, decimal bool) {
	switch {
	case l.Language == "af":
		return false, true
	case l.Tag == "en-ZA":
		return true, true
	}
	return true, false
}
