package bot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/settle-chat/settle/bot"
)

// A code goes to an address on record, typed back with the fact in the same thread it is person; where the number's country
// isn't allowed nothing is sent and a person goes on.
func TestCodeGoesOnlyToAllowedCountries(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		countries []string
		sent      bool
	}{{nil, true}, {[]string{"ZA", "GB"}, true}, {[]string{"ZA"}, false}} {
		t.Run(fmt.Sprint(tc.countries), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.CodeCountries = tc.countries }})
			c := client(1)
			o := b.openWithoutPostcode(c)
			b.says(c, "1")
			code := sixDigits.FindString(b.last(c)) // the message after the one with the example
			if (code != "") != tc.sent {
				t.Fatalf("after the first answer heard %q, want a code: %t", b.last(c), tc.sent)
			}
			if !tc.sent {
				if v := b.view(o); v.Exception != "cannot-verify" {
					t.Errorf("case stands at %q, want cannot-verify", v.Exception)
				}
				return
			}
			b.says(c, "14 march "+code)
			if !strings.Contains(b.last(c), "was due") {
				t.Errorf("heard %q, want the account", b.last(c))
			}
		})
	}
}

// Twenty codes an hour go to numbers that differ in their last four digits alone; the next one doesn't, whoever asks.
func TestCodesToOneBlockOfNumbersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	codes := 0
	for n := range 25 {
		c := client(n)
		b.openWithoutPostcode(c)
		b.says(c, "1")
		for _, m := range b.heard(c) {
			if strings.Contains(m, "Never share this") && sixDigits.MatchString(m) {
				codes++
			}
		}
	}
	if codes != 20 {
		t.Errorf("%d codes sent to one block of numbers, want 20", codes)
	}
}
