package answer

import (
	"strings"
	"sync"
)

// layout is all that the writing of an amount depends on, but for its digits. CLDR's formatter takes microseconds, so each
// layout is made once, of nines: "R 9 999,99".
type layout struct {
	code, tag string
	digits    uint8
	whole     int // digits before the decimal sign
	negative  bool
}

// layouts are those that were needed, layout to string: the currencies times the shipped locales times twice mostWhole at most.
var layouts sync.Map

// mostWhole is the most digits before the decimal sign that a layout is kept for.
const mostWhole = 12

// nines is an amount as it is written, with a nine for every digit; empty where other digits stand in it.
type nines string

func layoutOf(l layout) nines {
	if made, ok := layouts.Load(l); ok {
		return made.(nines)
	}
	amount := strings.Repeat("9", l.whole)
	if l.digits > 0 {
		amount += "." + strings.Repeat("9", int(l.digits))
	}
	if l.negative {
		amount = "-" + amount
	}
	made := nines(formatMoney(amount, l.code, l.digits, shipped[l.tag]))
	if strings.Count(string(made), "9") != l.whole+int(l.digits) {
		made = ""
	}
	layouts.Store(l, made)
	return made
}

// fill puts the digits of an amount in.
func (n nines) fill(amount string) (string, bool) {
	written := []byte(n)
	for i := range written {
		if written[i] != '9' {
			continue
		}
		amount = strings.TrimLeft(amount, "-.")
		written[i], amount = amount[0], amount[1:]
	}
	return string(written), n != ""
}

// wholeDigits counts the digits before the decimal sign of an amount that is canonical already, where a layout is kept for so many.
func wholeDigits(amount string, decimals int) (whole int, ok bool) {
	if _, ok := Units(amount, decimals); !ok {
		return 0, false
	}
	whole = len(strings.TrimPrefix(amount, "-"))
	if decimals > 0 {
		whole -= decimals + 1
	}
	return whole, whole <= mostWhole
}

// Units is a canonical amount in the currency's smallest unit: one of at most 18 digits, written with exactly as many decimals,
// with no zero before its first digit and no sign before nothing. Nearly every amount is one, and need not be calculated.
func Units(canonical string, decimals int) (units int64, ok bool) {
	plain := strings.TrimPrefix(canonical, "-")
	whole := len(plain)
	if decimals > 0 {
		whole -= decimals + 1
	}
	if whole < 1 || whole+decimals > 18 || whole > 1 && plain[0] == '0' {
		return 0, false
	}
	for i := range len(plain) {
		switch c := plain[i]; {
		case i == whole && c == '.':
		case i != whole && c >= '0' && c <= '9':
			units = units*10 + int64(c-'0')
		default:
			return 0, false
		}
	}
	if len(plain) < len(canonical) {
		return -units, units > 0
	}
	return units, true
}
