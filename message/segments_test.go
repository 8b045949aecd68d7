package message

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func vectors(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestCountVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			ID, Body, Encoding string
			Segments           int
			MessageBits        int `json:"message_size_bits"`
			TotalBits          int `json:"total_size_bits"`
			Characters         int
		}
	}
	vectors(t, "segments.json", &file)
	if len(file.Vectors) < 44 {
		t.Errorf("read %d vectors, want at least 44", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		got := Count(v.Body)
		if got.Encoding != v.Encoding || got.Segments != v.Segments {
			t.Errorf("%s: Count = %s, %d segments, want %s, %d", v.ID, got.Encoding, got.Segments, v.Encoding, v.Segments)
		}
		if v.MessageBits != 0 && (got.MessageBits != v.MessageBits || got.TotalBits != v.TotalBits) {
			t.Errorf("%s: Count = %d and %d bits, want %d and %d", v.ID, got.MessageBits, got.TotalBits, v.MessageBits, v.TotalBits)
		}
		if v.Characters != 0 && got.Characters != v.Characters {
			t.Errorf("%s: Count = %d characters, want %d", v.ID, got.Characters, v.Characters)
		}
	}
}

func TestCountKnowsGSM7(t *testing.T) {
	t.Parallel()
	var file struct {
		Table []struct {
			Char    string
			Septets int
		}
	}
	vectors(t, "gsm7_table.json", &file)
	if got, want := len(septets), len(file.Table); got != want {
		t.Errorf("GSM-7 has %d characters here, want %d", got, want)
	}
	for _, row := range file.Table {
		if got, want := Count(row.Char), (Segments{GSM7, 1, 1, row.Septets, 7 * row.Septets, 7 * row.Septets}); got != want {
			t.Errorf("Count(%q) = %+v, want %+v", row.Char, got, want)
		}
	}
	for _, text := range []string{"ç", "`", "\t", "\u00a0", "’", "…", "Á", "Α", "\x80", "e\u0301"} {
		if got := Count(text).Encoding; got != UCS2 {
			t.Errorf("Count(%q) is %s, want UCS-2", text, got)
		}
	}
}

func TestCountNeverSplits(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧‍👦" // 11 units
	flag := "🇮🇹"        // 4 units
	for _, tc := range []struct {
		name, text string
		want       Segments
	}{
		{"nothing", "", Segments{GSM7, 0, 0, 0, 0, 0}},
		{"CR LF is two", "a\r\nb", Segments{GSM7, 1, 4, 4, 28, 28}},
		{"an escape over the edge", strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), Segments{GSM7, 3, 305, 306, 2142, 2286}},
		{"an escape at the edge", strings.Repeat("a", 151) + "€" + strings.Repeat("a", 153), Segments{GSM7, 2, 305, 306, 2142, 2238}},
		{"families fill 66 units of 67", strings.Repeat(family, 12), Segments{UCS2, 2, 12, 132, 2112, 2208}},
		{"one more begins a part", strings.Repeat(family, 12) + "aa", Segments{UCS2, 3, 14, 134, 2144, 2288}},
		{"flags fill 64", strings.Repeat(flag, 33), Segments{UCS2, 3, 33, 132, 2112, 2256}},
		{"more marks than a part holds", "a" + strings.Repeat("\u0301", 133), Segments{UCS2, 2, 1, 134, 2144, 2240}},
	} {
		if got := Count(tc.text); got != tc.want {
			t.Errorf("%s: Count = %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

func TestSimplify(t *testing.T) {
	t.Parallel()
	var file struct{ Map map[string]string }
	vectors(t, "smart_encoding.json", &file)
	if got, want := len(simple), len(file.Map); got != want {
		t.Errorf("there are %d replacements, want %d", got, want)
	}
	for from, to := range file.Map {
		if got := Simplify("a" + from + "b"); got != "a"+to+"b" {
			t.Errorf("Simplify(%q) = %q, want %q", "a"+from+"b", got, "a"+to+"b")
		}
	}
	const curly = "Don’t worry – it’s “paid”…"
	if got, want := Simplify(curly), `Don't worry - it's "paid"...`; got != want || Count(got).Encoding != GSM7 {
		t.Errorf("Simplify(%q) = %q, want %q", curly, got, want)
	}
	const other = "é 你好 😜 ñ"
	if got := Simplify(other); got != other {
		t.Errorf("Simplify(%q) = %q, want it unchanged", other, got)
	}
}

func FuzzCount(f *testing.F) {
	for _, seed := range []string{"", "a", "€€", "\r\n", "\xff\xfe", "👨‍👩‍👧‍👦", strings.Repeat("a", 161), strings.Repeat("\u0301", 500), "🇮🇹🇮", "\r\r\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Count(text)
		bits, most := 7, 153
		if got.Encoding == UCS2 {
			bits, most = 16, 67
		}
		if got.MessageBits != got.Units*bits || got.Units > got.Segments*max(most, partBits/bits) || (got.Segments == 0) != (text == "") {
			t.Errorf("Count(%q) = %+v doesn't add up", text, got)
		}
		if n := utf8.RuneCountInString(text); got.Characters > n || got.Units < n {
			t.Errorf("Count(%q) = %+v, but it has %d code points", text, got, n)
		}
		if got.Segments > 1 && got.TotalBits != got.MessageBits+48*got.Segments {
			t.Errorf("Count(%q) = %+v, want 48 more bits a part", text, got)
		}
		if plain := Simplify(text); Count(text).Encoding == GSM7 && plain != text {
			t.Errorf("Simplify(%q) = %q changes what is GSM-7 already", text, plain)
		}
	})
}
