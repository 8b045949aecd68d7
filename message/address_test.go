package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	domain := strings.Repeat(strings.Repeat("b", 47)+".", 3) + strings.Repeat("c", 45) // 189 characters
	for _, tc := range []struct{ in, want, kind, channel, mask string }{
		{"sms:+27821234521", "", "sms", "sms", "sms:+27…21"},
		{"sms:+1234567", "", "sms", "sms", "sms:+12…67"},
		{"whatsapp:+27821234521", "", "whatsapp", "whatsapp", "whatsapp:+27…21"},
		{"whatsapp:+5215512345678", "", "whatsapp", "whatsapp", "whatsapp:+52…78"},   // Mexico with WhatsApp's extra 1
		{"whatsapp:+5491123456789", "", "whatsapp", "whatsapp", "whatsapp:+54…89"},   // Argentina with its 9
		{"whatsapp-user:ZA.123", "", "whatsapp-user", "whatsapp", "whatsapp-user:…"}, // too short to show any of it
		{"whatsapp-user:US.13491208655302741918", "", "whatsapp-user", "whatsapp", "whatsapp-user:US.…18"},
		{"whatsapp-user:US.ENT.11815799212886844830", "", "whatsapp-user", "whatsapp", "whatsapp-user:US.…30"},
		{"whatsapp-user:US." + long + long, "", "whatsapp-user", "whatsapp", "whatsapp-user:US.…aa"},
		{"email:a@b.co", "", "email", "email", "email:…@….co"},
		{"email:Thandi.M+bank@Mail.Example.COM", "email:Thandi.M+bank@mail.example.com", "email", "email", "email:T…@….com"},
		{"email:o'neil@xn--bcher-kva.example", "", "email", "email", "email:o…@….example"},
		{"email:" + long + "@" + domain, "", "email", "email", "email:a…@…." + strings.Repeat("c", 45)},
		{"console:thandi", "", "console", "console", "console:…"},
	} {
		if tc.want == "" {
			tc.want = tc.in
		}
		got, err := ParseAddress(tc.in)
		if err != nil || string(got) != tc.want {
			t.Errorf("ParseAddress(%q) = %q, %v, want %q", tc.in, string(got), err, tc.want)
			continue
		}
		if got.Kind() != tc.kind || got.Channel() != tc.channel || got.Kind()+":"+got.Value() != tc.want {
			t.Errorf("%q has kind %q, channel %q, value %q, want %q, %q and the rest", tc.want, got.Kind(), got.Channel(), got.Value(), tc.kind, tc.channel)
		}
		if got.String() != tc.mask {
			t.Errorf("Address(%q).String() = %q, want %q", tc.want, got.String(), tc.mask)
		}
		if again, err := ParseAddress(string(got)); err != nil || again != got {
			t.Errorf("ParseAddress of its own answer %q = %q, %v, want the same", string(got), string(again), err)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", ":", "sms", "sms:", "+27821234521", "tel:+27821234521", "SMS:+27821234521", " sms:+27821234521", "sms:+27821234521 ",
		"sms:27821234521", "sms:+07821234521", "sms:+278212", "sms:+2782123452109876", "sms:+27 82 123 4521", "sms:+2782123452l",
		"sms:+２７８２１２３４５２１", "whatsapp:US.1349", "whatsapp-user:", "whatsapp-user:ZA", "whatsapp-user:ZA.", "whatsapp-user:za.1",
		"whatsapp-user:ZA.1-2", "whatsapp-user:ZA.ENT.", "whatsapp-user:ZA." + strings.Repeat("1", 129), "whatsapp-user:+27821234521",
		"email:", "email:a", "email:@b.co", "email:a@", "email:a@b", "email:a@b@c.co", "email:a b@c.co", "email:.a@b.co", "email:a.@b.co",
		"email:a..b@c.co", "email:a@b..co", "email:a@-b.co", "email:a@b-.co", "email:a@b.c", "email:a@127.0.0.1", "email:a@[127.0.0.1]",
		"email:\"a b\"@c.co", "email:a@b.co\r\nBcc:x@y.co", "email:Thandi <a@b.co>", "email:ä@b.co", "email:a@bücher.example",
		"email:" + strings.Repeat("a", 65) + "@b.co", "email:a@" + strings.Repeat("b", 64) + ".co",
		"email:" + strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 47)+".", 3) + strings.Repeat("c", 46),
		"console:", "console:a b", "console:\x1b[31m", "console:" + strings.Repeat("a", 65),
	} {
		got, err := ParseAddress(in)
		if !errors.Is(err, ErrAddress) || got != "" {
			t.Errorf("ParseAddress(%q) = %q, %v, want an ErrAddress", in, string(got), err)
			continue
		}
		if _, value, _ := strings.Cut(in, ":"); len(value) > 4 && strings.Contains(err.Error(), value) {
			t.Errorf("ParseAddress(%q) repeats it in its error: %v", in, err)
		}
	}
}

func TestAddressIsMaskedWhereverItIsPrinted(t *testing.T) {
	t.Parallel()
	type event struct {
		ID   string
		From Address
		Also *Address
		To   []Address
		By   map[Address]Address
	}
	for _, a := range []Address{"sms:+27821234521", "email:thandi@nkosi-family.example", "whatsapp-user:ZA.13491208655302741918", "console:thandi",
		"never-parsed thandi +27821234521", "sms:thandi 821234521", "email:thandi", "whatsapp-user:thandi"} {
		e := event{ID: "1", From: a, To: []Address{a}, By: map[Address]Address{a: a}}
		for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%q", "%x", "%X", "%d", "%20v", "%-20s", "%.60s", "%T %v"} {
			for _, value := range []any{a, &a, e, &e, []Address{a}} {
				got := fmt.Sprintf(verb, value)
				for _, secret := range []string{"821234521", "thandi", "nkosi", "1349120", fmt.Sprintf("%x", "821234521"), fmt.Sprintf("%x", "thandi")} {
					if strings.Contains(strings.ToLower(got), secret) {
						t.Errorf("Sprintf(%q, %T) = %q, want %q masked", verb, value, got, secret)
					}
				}
			}
		}
	}
	if got, want := fmt.Sprintf("%v|%q|%22s", Address("sms:+27821234521"), Address("sms:+27821234521"), Address("sms:+27821234521")),
		`sms:+27…21|"sms:+27…21"|            sms:+27…21`; got != want {
		t.Errorf("Sprintf = %q, want %q", got, want)
	}
}

func TestAddressKeepsItsTextInJSON(t *testing.T) {
	t.Parallel()
	type document struct {
		From Address             `json:"from"`
		Also Address             `json:"also,omitzero"`
		By   map[Address]Address `json:"by"`
	}
	const want = `{"from":"sms:+27821234521","by":{"email:a@b.co":"console:x"}}`
	got, err := json.Marshal(document{From: "sms:+27821234521", By: map[Address]Address{"email:a@b.co": "console:x"}})
	if err != nil || string(got) != want {
		t.Errorf("Marshal = %s, %v, want %s", got, err, want)
	}
	var back document
	if err := json.Unmarshal([]byte(want), &back); err != nil || back.From != "sms:+27821234521" || !back.Also.IsZero() || back.From.IsZero() {
		t.Errorf("Unmarshal(%s) = from %q, also %q, %v", want, string(back.From), string(back.Also), err)
	}
	if got := Address("").String(); got != "" {
		t.Errorf("no address prints as %q, want nothing", got)
	}
}
