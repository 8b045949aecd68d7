package answer

import (
	"strings"

	"github.com/bojanz/currency"
	"github.com/cockroachdb/apd/v3"
	"golang.org/x/text/unicode/norm"
)

// homes is where a currency is at home. Plain "en" says nothing about how amounts are written, so there the currency does: rand
// as in South Africa, pounds as in Britain.
var homes = map[string]string{"ZAR": "ZA", "GBP": "GB", "USD": "US"}

// cashDigits are CLDR's digits for what people pay with, where those differ from the ISO ones: nobody owes a tenth of a
// New Taiwan dollar.
var cashDigits = map[string]uint8{"TWD": 0}

// currencyWords are what people write for a currency beside its code and its symbols.
var currencyWords = map[string]string{
	"ZAR": "r rand rands",
	"USD": "$ us$ dollar dollars",
	"GBP": "£ pound pounds",
	"EUR": "€ euro euros",
	"TWD": "nt$ nt ntd",
	"JPY": "¥ jp¥ yen",
}

func digitsOf(code string) (uint8, bool) {
	if d, ok := cashDigits[code]; ok {
		return d, true
	}
	return currency.GetDigits(code)
}

// amounts is the locale in which amounts of the currency are written.
func (l Locale) amounts(code string) Locale {
	if home, ok := shipped[l.Tag+"-"+homes[code]]; ok {
		return home
	}
	return l
}

// names reports whether s, in lower case, stands for the currency.
func (l Locale) names(code, s string) bool {
	if s == strings.ToLower(code) {
		return true
	}
	for _, w := range strings.Fields(currencyWords[code]) {
		if s == w {
			return true
		}
	}
	symbol, ok := currency.GetSymbol(code, currency.NewLocale(l.Tag))
	return ok && s == strings.ToLower(norm.NFKC.String(symbol))
}

// otherCurrency reports whether s stands for some currency.
func otherCurrency(s string) bool {
	if currency.IsValid(strings.ToUpper(s)) {
		return true
	}
	for code := range currencyWords {
		if (Locale{}).names(code, s) {
			return true
		}
	}
	return false
}

// exact returns the decimal with exactly the currency's digits. It reports false where the text isn't a plain decimal.
func exact(text string, digits uint8, rounding apd.Rounder) (*apd.Decimal, bool) {
	d, _, err := apd.NewFromString(text)
	if err != nil || d.Form != apd.Finite || d.NumDigits() > maxDigits || d.Exponent > maxDigits || d.Exponent < -maxDigits {
		return nil, false
	}
	c := apd.BaseContext.WithPrecision(3 * maxDigits)
	c.Rounding = rounding
	out := new(apd.Decimal)
	if _, err := c.Quantize(out, d, -int32(digits)); err != nil {
		return nil, false
	}
	return out, true
}

// maxDigits bounds what is calculated with: far above any debt, far below what would cost time.
const maxDigits = 30

var gsmSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u2212", "-", "\u200e", "", "\u200f", "")

// FormatMoney writes an amount as the locale's CLDR data says, rounded half up to the currency's digits: "R 1 250,00" in South
// Africa, "$1,250.00" in the United States, "NT$1,250". Its spaces and minus are those of the GSM alphabet, so that an amount
// never doubles the price of an SMS. What isn't a decimal of a known currency is written as nothing, never as a wrong amount.
func FormatMoney(canonical, code string, locale Locale) string {
	digits, ok := digitsOf(code)
	if !ok {
		return ""
	}
	if whole, ok := wholeDigits(canonical, int(digits)); ok && shipped[locale.Tag] == locale {
		if s, ok := layoutOf(layout{code, locale.Tag, digits, whole, canonical[0] == '-'}).fill(canonical); ok {
			return s
		}
	}
	return formatMoney(canonical, code, digits, locale)
}

func formatMoney(canonical, code string, digits uint8, locale Locale) string {
	d, ok := exact(canonical, digits, apd.RoundHalfUp)
	if !ok {
		return ""
	}
	amount, err := currency.NewAmount(d.Text('f'), code)
	if err != nil {
		return ""
	}
	f := currency.NewFormatter(currency.NewLocale(locale.amounts(code).Tag))
	f.MinDigits, f.MaxDigits = digits, digits
	return gsmSpaces.Replace(f.Format(amount))
}
