package graph

import "strings"

// ascii are the widths of the characters from space to ~, in hundredths of the font's size: those of DejaVu Sans Bold, which
// is wider than what browsers take for sans-serif elsewhere. Whatever is measured with it fits.
var ascii = [...]int{
	35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40, 84, 84, 84, 59,
	100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 38, 78, 64, 100, 84, 86, 74, 86, 78, 73, 69, 82, 78, 111, 78, 73, 73, 46, 37, 46, 84, 50,
	50, 68, 72, 60, 72, 68, 44, 72, 72, 35, 35, 67, 35, 105, 72, 69, 72, 72, 50, 60, 48, 72, 66, 93, 65, 66, 59, 72, 37, 72, 84,
}

// runeWidth is at least the width of a character. The widest Latin letters and signs outside ASCII take 110, others 135.
func runeWidth(r rune) int {
	switch {
	case r >= ' ' && r <= '~':
		return ascii[r-' ']
	case r == '“' || r == '”':
		return 66
	case r == '·':
		return 40
	case r < 0x250:
		return 110
	}
	return 135
}

// textWidth is at least the width of a text in pixels.
func textWidth(s string, size int) int {
	w := 0
	for _, r := range s {
		w += runeWidth(r)
	}
	return (w*size + 99) / 100
}

// fit cuts a text that is wider than most pixels, and says so with an ellipsis. Line breaks and other controls become spaces.
func fit(s string, size, most int) string {
	var kept []rune
	w, cut := 0, 0 // cut is how much fits with the ellipsis
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		if w += runeWidth(r); w*size > most*100 {
			return string(kept[:cut]) + "…"
		}
		kept = append(kept, r)
		if (w+runeWidth('…'))*size <= most*100 {
			cut = len(kept)
		}
	}
	return string(kept)
}

// wrap breaks a text at its spaces into lines that fit. What is more than lines is cut.
func wrap(s string, size, most, lines int) []string {
	var all []string
	line := ""
	for _, word := range strings.Fields(s) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && len(all) < lines-1 && textWidth(longer, size) > most {
			all, longer = append(all, line), word
		}
		line = longer
	}
	if line == "" {
		return all
	}
	all = append(all, line)
	for i := range all {
		all[i] = fit(all[i], size, most)
	}
	return all
}
