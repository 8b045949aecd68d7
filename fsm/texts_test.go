package fsm

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/settle-chat/settle/message"
)

func TestFill(t *testing.T) {
	t.Parallel()
	w := loadSmall(t)
	texts := w.Texts["en"]
	values := map[string]string{"first_name": "Thandi", "balance": "R1 250.00", "days_late": "23", "amount": "R10.00", "link": "https://pay.example/p/1", "reference": "A-1",
		"plan.months": "3", "plan.part": "R417.00", "amount_promised": "R500.00", "on": "Fri 27 Nov"}
	for _, tc := range []struct {
		text, channel, variant, want string
		set                          map[string]string
	}{
		{text: "menu", want: "R1 250.00 is due, 23 days ago. What would you like to do?"},
		{text: "hello", variant: "a", want: "Hello Thandi, we have a message for you."},
		{text: "hello", want: "Hello Thandi, we have a message for you."}, // the first variant
		{text: "hello", variant: "b", channel: "sms", want: "Hello Thandi."},
		{text: "hello", variant: "b", channel: "whatsapp", want: "Hello Thandi, a message."},
		{text: "paying", channel: "whatsapp", want: "Pay R10.00 for A-1 here: https://pay.example/p/1"},
		{text: "plan-option", want: "3 months of R417.00"},
		{text: "plan-option", want: "1 month", set: map[string]string{"plan.months": "1"}},
		{text: "plan-option", want: "1,001 months of R417.00", set: map[string]string{"plan.months": "1,001"}},
		{text: "promised-said", want: "Recorded R500.00 on Fri 27 Nov. {braces}"},
		{text: "promised-said", want: "Recorded {on} {{on}} on Fri 27 Nov. {braces}", set: map[string]string{"amount_promised": "{on} {{on}}"}}, // never read twice
		{text: "menu", want: "a b is due, 23 days ago. What would you like to do?", set: map[string]string{"balance": "a\n\u202eb\u200b\x00"}},
	} {
		got, err := texts.Get(tc.text).Fill(tc.channel, tc.variant, func(name string) (string, bool) {
			if v, ok := tc.set[name]; ok {
				return v, true
			}
			v, ok := values[name]
			return v, ok
		})
		if err != nil || got != tc.want {
			t.Errorf("Fill(%s, %q, %q) = %q, %v, want %q", tc.text, tc.channel, tc.variant, got, err, tc.want)
		}
	}
	_, err := texts.Get("menu").Fill("sms", "", func(string) (string, bool) { return "", false })
	if missing := new(ErrMissing); !errors.As(err, missing) || missing.Fact != "balance" {
		t.Errorf("Fill without values = %v, want ErrMissing{balance}", err)
	}
	label := texts.Get("continue")
	short, err := label.FillShort("", "", nil)
	if err != nil || short != "Go" || strings.Join(label.Also, "|") != "go on" {
		t.Errorf("label continue: short %q, %v, also %q, want Go and go on", short, err, label.Also)
	}
	if got := texts.Get("trouble-text").Template; got != "handoff_v2" {
		t.Errorf("template %q, want handoff_v2", got)
	}
	if texts.Get("nothing") != nil || (*Texts)(nil).Get("menu") != nil {
		t.Error("a text that isn't there is there")
	}
}

func TestPluralForms(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"en": "other one", "af": "other one", "pl": "many one few", "ar": "zero one two few many other", "zu": "one other", "ja": "other"} {
		if got := strings.Join(pluralForms(language.MustParse(tag)), " "); got != want {
			t.Errorf("pluralForms(%s) = %q, want %q", tag, got, want)
		}
	}
}

// FuzzFill: whatever a value holds, the text outside its slot stays as it is, and so does the number of lines.
func FuzzFill(f *testing.F) {
	for _, s := range []string{"Thandi", "{on}", "{{", "}}", "%s", "{0}", "a\nb", "\u202eevil", "*bold*", "\x00\x1b[31m", "\xff", strings.Repeat("é", 500), "👩‍👩‍👧", "\u0300\u0301"} {
		f.Add(s)
	}
	w := loadSmall(f)
	text := w.Texts["en"].Get("menu")
	f.Fuzz(func(t *testing.T, value string) {
		got, err := text.Fill("sms", "", func(name string) (string, bool) {
			if name == "balance" {
				return value, true
			}
			return "23", true
		})
		if err != nil {
			t.Fatal(err)
		}
		inside, ok := strings.CutSuffix(got, " is due, 23 days ago. What would you like to do?")
		if !ok || !utf8.ValidString(got) || strings.ContainsAny(inside, "\n\r\x00\u202e\u200b") || inside != message.Clean(value, maxHole) {
			t.Errorf("Fill with %q = %q: the text around its slot has changed, or what is in it isn't clean", value, got)
		}
	})
}

// What texts has found last isn't taken for another language's, or for another workflow's.
func TestTextsOfWorkflowAndLanguage(t *testing.T) {
	t.Parallel()
	lib := shippedLibrary(t)
	s := &step{lib: lib, c: &Conversation{}}
	for _, tc := range []struct{ workflow, language string }{
		{"overdue-account", "en"}, {"overdue-account", "en"}, {"overdue-account", "af"}, {"lobby", "af"}, {"lobby", "en"}, {"lobby", "xx"}, {"overdue-account", "af"},
	} {
		w := lib.Named(tc.workflow)
		want := w.Texts[tc.language]
		if want == nil {
			want = w.Texts[w.Language]
		}
		s.c.Contact.Language = tc.language
		got, locale, err := s.texts(w)
		if err != nil || got != want || locale.Language != want.Language {
			t.Errorf("texts of %s in %s = %v of %s, %v; want those of %s", tc.workflow, tc.language, got, locale.Language, err, want.Language)
		}
	}
}
