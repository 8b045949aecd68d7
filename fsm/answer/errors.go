package answer

import "errors"

// What a reader says about a text that it doesn't take. A workflow picks its explanation by these.
var (
	// ErrNotUnderstood means that the text isn't in the grammar, or that something was left over.
	ErrNotUnderstood = errors.New("not understood")
	// ErrAmbiguous means that the text has more than one reading, or contradicts itself ("Friday 21 November" in a year
	// in which that is a Saturday).
	ErrAmbiguous = errors.New("more than one reading")
	// ErrPast means that the date is before today.
	ErrPast = errors.New("the date is past")
	// ErrRange means that the value is too large, too small or negative.
	ErrRange = errors.New("out of range")
	// ErrTooMany means that the text is longer, or names more options, than may be.
	ErrTooMany = errors.New("too many")
	// ErrDecimals means that the amount has more decimals than its currency.
	ErrDecimals = errors.New("more decimals than the currency has")
	// ErrCurrency means that the amount names another currency.
	ErrCurrency = errors.New("another currency")
	// ErrLocale means that the language isn't shipped. It is the operator's mistake, not the customer's.
	ErrLocale = errors.New("language not shipped")
)
