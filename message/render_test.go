package message

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

var (
	whatsapp = Capabilities{Channel: "whatsapp", Buttons: 3, ButtonLabel: 20, List: 10, ListLabel: 24, ListDescription: 72, Text: 1024}
	sms      = Capabilities{Channel: "sms", Text: 1600, Segments: 3}
	terminal = Capabilities{Channel: "console", Text: 4096}
)

func choices(labels ...string) []Choice {
	var all []Choice
	for i, label := range labels {
		all = append(all, Choice{ID: strconv.Itoa(i), Label: label})
	}
	return all
}

func TestRender(t *testing.T) {
	t.Parallel()
	long := "Pay the whole balance today" // 27: too long for a row
	for _, tc := range []struct {
		name string
		m    Message
		c    Capabilities
		want Rendered
	}{
		{"no choices", Message{Text: "Hello"}, whatsapp, Rendered{"text", "Hello", nil}},
		{"buttons", Message{Text: "Now?", Choices: choices("Yes", "No")}, whatsapp, Rendered{"buttons", "Now?", choices("Yes", "No")}},
		{"a label of 20 fits a button", Message{Text: "?", Choices: choices("12345678901234567890")}, whatsapp,
			Rendered{"buttons", "?", choices("12345678901234567890")}},
		{"21 take a row", Message{Text: "?", Choices: choices("123456789012345678901")}, whatsapp,
			Rendered{"list", "?", choices("123456789012345678901")}},
		{"emoji count twice", Message{Text: "?", Choices: choices("1234567890123456789😜")}, whatsapp,
			Rendered{"list", "?", choices("1234567890123456789😜")}},
		{"a short label saves the button", Message{Text: "?", Choices: []Choice{{ID: "p", Label: long, Short: "Pay all", Description: "today"}}}, whatsapp,
			Rendered{"buttons", "?", []Choice{{ID: "p", Label: "Pay all"}}}},
		{"a short label too long for a button takes a row", Message{Text: "?", Choices: []Choice{{ID: "p", Label: long, Short: "123456789012345678901"}}}, whatsapp,
			Rendered{"list", "?", []Choice{{ID: "p", Label: "123456789012345678901", Description: long}}}},
		{"four take a list", Message{Text: "?", Choices: choices("A", "B", "C", "D")}, whatsapp, Rendered{"list", "?", choices("A", "B", "C", "D")}},
		{"a row says in full what its label shortens", Message{Text: "?", Choices: append(choices("A", "B", "C"), Choice{ID: "p", Label: long, Short: "Pay all"})}, whatsapp,
			Rendered{"list", "?", append(choices("A", "B", "C"), Choice{ID: "p", Label: "Pay all", Description: long})}},
		{"a description is cut", Message{Text: "?", Choices: append(choices("A", "B", "C"), Choice{ID: "p", Label: "D", Description: strings.Repeat("é", 80)})}, whatsapp,
			Rendered{"list", "?", append(choices("A", "B", "C"), Choice{ID: "p", Label: "D", Description: strings.Repeat("é", 71) + "…"})}},
		{"a label that fits nothing is not cut", Message{Text: "Pick", Choices: choices("A", long)}, whatsapp,
			Rendered{"numbered", "Pick\n1 A\n2 " + long, choices("A", long)}},
		{"eleven are numbered", Message{Text: "Pick", Choices: choices(strings.Split("abcdefghijk", "")...)}, whatsapp,
			Rendered{"numbered", "Pick\n1 a\n2 b\n3 c\n4 d\n5 e\n6 f\n7 g\n8 h\n9 i\n10 j\n11 k", choices(strings.Split("abcdefghijk", "")...)}},
		{"two of a name are numbered", Message{Text: "Pick", Choices: choices("A", "A")}, whatsapp, Rendered{"numbered", "Pick\n1 A\n2 A", choices("A", "A")}},
		{"sms", Message{Text: "Pick", Choices: choices("Pay", "Plan")}, sms, Rendered{"numbered", "Pick\n1 Pay\n2 Plan", choices("Pay", "Plan")}},
		{"numbered in full where it fits", Message{Text: "Pick", Choices: []Choice{{ID: "p", Label: long, Short: "Pay all", Description: "d"}}}, sms,
			Rendered{"numbered", "Pick\n1 " + long, []Choice{{ID: "p", Label: long}}}},
		{"numbered in short where it must", Message{Text: "Pick", Choices: []Choice{{ID: "p", Label: long, Short: "Pay all"}, {ID: "q", Label: "Q"}}}, Capabilities{Text: 20},
			Rendered{"numbered", "Pick\n1 Pay all\n2 Q", []Choice{{ID: "p", Label: "Pay all"}, {ID: "q", Label: "Q"}}}},
		{"a label stays on its line", Message{Text: "Pick", Choices: choices("Pay\n2 Nothing\u2028x", " Plan ")}, sms,
			Rendered{"numbered", "Pick\n1 Pay 2 Nothing x\n2 Plan", choices("Pay 2 Nothing x", "Plan")}},
		{"choices alone", Message{Choices: choices("Pay")}, terminal, Rendered{"numbered", "1 Pay", choices("Pay")}},
		{"only a short label", Message{Text: "?", Choices: []Choice{{ID: "p", Short: "Pay"}}}, whatsapp, Rendered{"buttons", "?", []Choice{{ID: "p", Label: "Pay"}}}},
		{"sms is put into GSM-7", Message{Text: "Don’t – “pay” R1\u202f234… e\u0301", Choices: choices("It’s")}, sms,
			Rendered{"numbered", "Don't - \"pay\" R1 234... é\n1 It's", choices("It’s")}},
		{"or left alone where that's no use", Message{Text: "Don’t 😜"}, sms, Rendered{"text", "Don’t 😜", nil}},
		{"others keep their quotes", Message{Text: "Don’t"}, whatsapp, Rendered{"text", "Don’t", nil}},
	} {
		got, err := Render(tc.m, tc.c)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		m    Message
		c    Capabilities
		long bool
		want string
	}{
		{"text", Message{Text: strings.Repeat("x", 1025)}, whatsapp, true, "1025 characters, at most 1024"},
		{"text in UTF-16", Message{Text: strings.Repeat("😜", 513)}, whatsapp, true, "1026 characters, at most 1024"},
		{"with buttons", Message{Text: strings.Repeat("x", 1025), Choices: choices("A")}, whatsapp, true, "1025 characters, at most 1024"},
		{"numbered, in short", Message{Text: "Pick", Choices: []Choice{{Label: "Secret name", Short: "Secret"}}}, Capabilities{Channel: "x", Text: 12}, true, "13 characters, at most 12"},
		{"segments", Message{Text: strings.Repeat("x", 460)}, sms, true, "4 segments in GSM-7, at most 3"},
		{"segments of UCS-2", Message{Text: strings.Repeat("я", 202)}, sms, true, "4 segments in UCS-2, at most 3"},
		{"a channel without text", Message{Text: "x"}, Capabilities{Channel: "mute"}, false, `channel "mute": it shows no text`},
		{"a choice without a label", Message{Text: "x", Choices: []Choice{{ID: "pay", Label: " \n"}}}, sms, false, `choice "pay" has no label`},
	} {
		got, err := Render(tc.m, tc.c)
		if err == nil || errors.Is(err, ErrTooLong) != tc.long || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Render = %+v, %v, want an error with %q", tc.name, got, err, tc.want)
		} else if strings.Contains(err.Error(), "Secret") {
			t.Errorf("%s: the error repeats the text: %v", tc.name, err)
		}
	}
}

func TestRenderLeavesItsMessageAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []Capabilities{whatsapp, sms} {
		m := Message{Text: "Don’t", Choices: []Choice{{ID: "a", Label: "A\nb", Short: "S", Description: "D"}, {ID: "b", Label: strings.Repeat("x", 30), Short: "x"}}}
		want := fmt.Sprintf("%#v", m)
		if _, err := Render(m, c); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprintf("%#v", m); got != want {
			t.Errorf("Render for %s changed its message to %s, want %s", c.Channel, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in    string
		limit int
		want  string
	}{
		{"Thandi", 6, "Thandi"}, {"Thandi", 5, "Than…"}, {"Thandi N", 8, "Thandi N"}, {"Thandi Nk", 8, "Thandi…"}, {"ab", 1, "…"}, {"ab", 0, ""}, {"", 0, ""}, {"ab", -1, ""},
		{"🇿🇦🇿🇦", 8, "🇿🇦🇿🇦"}, {"🇿🇦🇿🇦", 7, "🇿🇦…"}, {"🇿🇦🇿🇦", 4, "…"}, {"e\u0301e\u0301", 3, "e\u0301…"},
	} {
		if got := Cut(tc.in, tc.limit); got != tc.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tc.in, tc.limit, got, tc.want)
		}
	}
}

// FuzzRender puts a hostile value into a text and into a label: what stands around it must not change.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"Thandi", "", "\n2 Fake", "{{.}} {0} %s %!d", "\u202e", "\u0301", "\x00\x1b[2J", "\xff", "👨‍👩‍👧‍👦🇿🇦", "’", "\u2028x", "z\u0335\u0335\u0335", "1 A\r\n3 B", "\u0600", "\u0e33", "🏽"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, value string, count int) {
		put := Clean(value, 60)
		if n := uniseg.GraphemeClusterCount(put); n > 60 || strings.ContainsAny(put, "\n\r\u2028\u2029\u202e\u200b\x00\x1b") || Clean(put, 60) != put {
			t.Errorf("Clean(%q) = %q: %d graphemes, want at most 60 on one line, and clean", value, put, n)
		}
		const before, after = "Dear ", ", your balance is due.\nPlease choose."
		count = int(uint(count) % 13)
		m := Message{Text: before + put + after}
		for i := range count {
			m.Choices = append(m.Choices, Choice{ID: strconv.Itoa(i), Label: "Pay " + put, Short: "Pay " + strconv.Itoa(i)})
		}
		for _, c := range []Capabilities{whatsapp, terminal, {Channel: "sms", Text: 16000, Segments: 250}} {
			got, err := Render(m, c)
			if err != nil {
				if !errors.Is(err, ErrTooLong) {
					t.Errorf("Render for %s of %q: %v", c.Channel, value, err)
				}
				continue
			}
			if !strings.HasPrefix(got.Text, before) || c.Segments == 0 && !strings.HasPrefix(got.Text, m.Text) || !strings.Contains(got.Text, after) {
				t.Errorf("Render for %s of %q changed the text around it: %q", c.Channel, value, got.Text)
			}
			if len(got.Choices) != count {
				t.Errorf("Render for %s of %q shows %d choices, want %d", c.Channel, value, len(got.Choices), count)
			}
			for i, choice := range got.Choices {
				if choice.ID != strconv.Itoa(i) {
					t.Errorf("Render for %s of %q: choice %d is %q", c.Channel, value, i, choice.ID)
				}
			}
			if got.Form != FormNumbered {
				continue
			}
			_, list, _ := strings.Cut(got.Text, after)
			for i, line := range strings.Split(list, "\n")[1:] {
				if !strings.HasPrefix(line, strconv.Itoa(i+1)+" Pay") || i >= count {
					t.Errorf("Render for %s of %q: line %d is %q", c.Channel, value, i+1, line)
				}
			}
		}
	})
}
