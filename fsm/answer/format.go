package answer

import "fmt"

// DateStyle says how FormatDate writes a day.
type DateStyle struct {
	Weekday bool  // "Fri 20 Nov" rather than "20 Nov"
	Today   Civil // the year is left out in this day's year; with no Today it is always written
}

// FormatDate writes a day in the locale's short words: "Fri 20 Nov", "1 Nov", "1 Nov 2027"; "Fri, Nov 20" in the United States.
// What isn't a day is written as nothing.
func FormatDate(d Civil, locale Locale, style DateStyle) string {
	if !d.Valid() {
		return ""
	}
	day, month, year := fmt.Sprint(d.Day), locale.month(d.Month), ""
	if d.Year != style.Today.Year {
		year = fmt.Sprintf(" %04d", d.Year)
	}
	weekday := ""
	if style.Weekday {
		weekday = locale.weekday(d.Weekday()) + " "
	}
	if !locale.MonthFirst {
		return weekday + day + " " + month + year
	}
	if year != "" {
		year = "," + year
	}
	if weekday != "" {
		weekday = weekday[:len(weekday)-1] + ", "
	}
	return weekday + month + " " + day + year
}
