package message

import (
	"strings"
	"testing"
	"unicode"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"case and spaces", "  Pay\t\u00a0NOW \n", "pay now"},
		{"punctuation parts words", "Yes!Pay,now...", "yes pay now"},
		{"apostrophes go", "Can't can’t canʼt", "cant cant cant"},
		{"hyphens part", "opt-out opt—out", "opt out opt out"},
		{"diacritics", "Beëindig HÊ naïve Ångström", "beeindig he naive angstrom"},
		{"letters with something built in", "Łódź straße ĳ ﬁ æon", "lodz strasse ij fi aeon"},
		{"full width", "ＰＡＹ　４", "pay 4"},
		{"keycap", "4️⃣", "4"},
		{"keycap ten", "🔟", "10"},
		{"circled digits", "① ❷ ➂ ➍ ⑩", "1 2 3 4 10"},
		{"Arabic-Indic", "٤", "4"},
		{"Persian", "۱۲", "12"},
		{"Devanagari", "४", "4"},
		{"mathematical", "𝟜 𝟛", "4 3"},
		{"emoji", "👍 yes 👍🏽", "yes"},
		{"a flag is no word", "🇿🇦 yes", "yes"},
		{"zero width", "y\u200be\u2060s\ufeff", "yes"},
		{"bidi", "\u202ayes\u202c \u2067no\u2069", "yes no"},
		{"Cyrillic", "РАУ", "pay"},
		{"Greek", "ΡΑΥ", "pay"},
		{"small capitals", "ᴘᴀʏ", "pay"},
		{"Cherokee in either case", "ᏎꮞᏐ", "ᏎᏎᏐ"},
		{"boxed", "🅿🅰🆈", "pay"},
		{"Chinese stays", "你好！", "你好"},
		{"kana keep their marks", "が か", "が か"},
		{"vowel signs stay", "हिन्दी", "हिन्दी"},
		{"Hangul composed", "한글", "한글"},
		{"money", "R1 234,50", "r1 234 50"},
		{"broken bytes go", "y\xffes", "yes"},
		{"a label", "3 × R533.34", "3 r533 34"},
	} {
		if got := Fold(tc.in); got != tc.want {
			t.Errorf("%s: Fold(%q) = %q, want %q", tc.name, tc.in, got, tc.want)
		}
	}
}

func TestFoldReadsEveryDigit(t *testing.T) {
	t.Parallel()
	n := 0
	check := func(lo, hi, stride rune) {
		if stride != 1 || (hi-lo+1)%10 != 0 {
			t.Errorf("digits %U to %U by %d aren't runs of ten", lo, hi, stride)
		}
		for r := lo; r <= hi; r++ {
			n++
			if got, want := Fold(string(r)), string('0'+(r-lo)%10); got != want {
				t.Errorf("Fold(%U) = %q, want %q", r, got, want)
			}
		}
	}
	for _, run := range unicode.Nd.R16 {
		check(rune(run.Lo), rune(run.Hi), rune(run.Stride))
	}
	for _, run := range unicode.Nd.R32 {
		check(rune(run.Lo), rune(run.Hi), rune(run.Stride))
	}
	if n < 600 {
		t.Errorf("Unicode has %d decimal digits here, want at least 600", n)
	}
}

// A look-alike that isn't in the form in which Fold looks it up would never be found.
func TestLookAlikesAreReached(t *testing.T) {
	t.Parallel()
	for from, to := range lookAlikes {
		if got := Fold(string(from)); got != to {
			t.Errorf("Fold(%q, %U) = %q, want %q", string(from), from, got, to)
		}
		if upper := strings.ToUpper(string(from)); Fold(upper) != Fold(string(from)) {
			t.Errorf("Fold(%q) = %q, but Fold(%q) = %q", upper, Fold(upper), string(from), Fold(string(from)))
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		most     int
		want     string
	}{
		{"a name", "Thandi Nkosi", 60, "Thandi Nkosi"},
		{"other scripts", "นภา 李小龙 محمد Zoë हिन्दी", 60, "นภา 李小龙 محمد Zoë हिन्दी"},
		{"line breaks", "Thandi\r\n2 Pay nothing\u2028x\u0085y", 60, "Thandi 2 Pay nothing x y"},
		{"terminal codes", "\x1b[31mred\x07", 60, "[31mred"},
		{"bidi", "\u202eidnahT\u202c \u2066x\u2069 \u200fy", 60, "idnahT x y"},
		{"zero width", "T\u200bh\u200ca\u200dn\u2060d\ufeffi\u00ad", 60, "Thandi"},
		{"hidden tags and selectors", "T\U000E0041\U000E0100h\ufe0f", 60, "Th"},
		{"blanks that are letters", "\u3164T\u2800\u115f", 60, "T"},
		{"no characters", "T\uE000\uFFFF\U0010FFFF", 60, "T"},
		{"composed in the end", "Zoe\u200b\u0308", 3, "Zoë"},
		{"broken bytes", "T\xff\xfeh", 60, "Th"},
		{"spaces", "  T \t\u00a0\u3000 h  ", 60, "T h"},
		{"a mark at the start", "\u0301\u0302Thandi", 60, "Thandi"},
		{"a mark after a space", "T \u0336h", 60, "T h"},
		{"heaped marks", "Z" + strings.Repeat("\u0335", 50), 60, "Z" + strings.Repeat("\u0335", 4)},
		{"cut at a grapheme", "🇿🇦🇿🇦🇿🇦", 2, "🇿🇦🇿🇦"},
		{"no space left over", "Thandi Nkosi", 7, "Thandi"},
		{"just fits", "Thandi", 6, "Thandi"},
		{"none", "Thandi", 0, ""},
		{"less than none", "Thandi", -1, ""},
		{"markup is the channel's", "{{x}} {0} %s *b*", 60, "{{x}} {0} %s *b*"},
	} {
		if got := Clean(tc.in, tc.most); got != tc.want {
			t.Errorf("%s: Clean(%q, %d) = %q, want %q", tc.name, tc.in, tc.most, got, tc.want)
		}
	}
}
