package answer

import (
	"fmt"

	"golang.org/x/text/language"
)

// Locale is a language as it is written somewhere. The zero Locale reads nothing that depends on words.
type Locale struct {
	Tag      string // as it is shipped: en, en-ZA, en-GB, en-US, af, af-ZA
	Language string // en, af

	// DayFirst and MonthFirst say how 3/4 is read. With neither (plain "en": Britain and the United States differ) it is
	// refused where it has two readings.
	DayFirst   bool
	MonthFirst bool
}

// shipped has every locale there is.
var shipped = map[string]Locale{
	"en":    {Tag: "en", Language: "en"},
	"en-ZA": {Tag: "en-ZA", Language: "en", DayFirst: true},
	"en-GB": {Tag: "en-GB", Language: "en", DayFirst: true},
	"en-US": {Tag: "en-US", Language: "en", MonthFirst: true},
	"af":    {Tag: "af", Language: "af", DayFirst: true},
	"af-ZA": {Tag: "af-ZA", Language: "af", DayFirst: true},
}

// LocaleFor returns the locale for a language tag in any spelling ("en_za"). An unknown region falls back to the language;
// an unknown language is ErrLocale.
func LocaleFor(tag string) (Locale, error) {
	if l, ok := shipped[tag]; ok {
		return l, nil
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return Locale{}, fmt.Errorf("locale %q: not a language tag: %w", tag, ErrLocale)
	}
	base, _, region := parsed.Raw()
	if l, ok := shipped[base.String()+"-"+region.String()]; ok {
		return l, nil
	}
	if l, ok := shipped[base.String()]; ok {
		return l, nil
	}
	return Locale{}, fmt.Errorf("locale %q: use a tag of en or af: %w", tag, ErrLocale)
}
