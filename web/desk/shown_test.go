package desk_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/settle-chat/settle/policy"
)

// Private facts are on the page while the customer is recognised, and not before or after; what they were recognised by is
// never.
func TestPrivateFacts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.agent("Nomsa")
	unknown, known := b.asks(), b.open()
	b.recognised(known)
	b.says(known, "agent")
	const balance, hidden = "<dd>1250.00</dd>", "until the customer is recognised again"
	secret := []string{birth, "2 July", zip, "<dt>postcode", "<dt>date of birth", "date_of_birth", "700900"}
	for _, part := range []string{"", "/story"} {
		a.get(unknown.path + part)
		a.wants(http.StatusOK, "<strong>device</strong>", "Thandi")
		a.lacks(append(secret, balance)...)
		a.get(known.path + part)
		a.wants(http.StatusOK, "<strong>person</strong>", balance)
		a.lacks(append(secret, hidden)...)
	}
	b.pass(policy.PersonIdle)
	a.get(known.path)
	a.wants(http.StatusOK, hidden)
	a.lacks(append(secret, balance)...)
}

// What a customer writes is text, whatever it looks like.
func TestHostileText(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.asks()
	a := b.agent("<b>Nomsa</b>")
	a.acts(c, "claim", "", "")
	hostile := []string{
		`<script>alert(1)</script>`, `</textarea><img src=x onerror=alert(1)>`, `"><a hx-get="/desk/link" hx-trigger="load">x</a>`,
		`'><form method=post action=/desk/sign-out>`, `{{.Secret}} ${7*7} %s`, "\u202Egnp.exe", `javascript:alert(1)`,
	}
	for _, text := range hostile {
		b.says(c, text)
	}
	for _, path := range []string{c.path, c.path + "/story", "/desk"} {
		a.get(path)
		a.wants(http.StatusOK)
		a.lacks("<script>alert", "<img", "<a hx-get", "<form method=post", `href="javascript`, "<b>")
	}
	a.get(c.path)
	seen := html.UnescapeString(a.page)
	for _, text := range hostile {
		if !strings.Contains(seen, text) && !strings.ContainsRune(text, '\u202E') {
			t.Errorf("%q isn't on the page as it was written", text)
		}
	}
}

// MENU is promised where it leads the customer back to the bot, and not where the exception never goes back.
func TestMenuIsPromisedWhereItLeadsBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.agent("Nomsa")
	back, never := b.asks(), b.open()
	b.says(never, "2") // it isn't me
	const promise = "MENU takes the customer back to the bot"
	a.get(back.path)
	a.wants(http.StatusOK, "the bot is silent", promise)
	a.get(never.path)
	a.wants(http.StatusOK, "wrong-person", "the bot is silent")
	a.lacks(promise)
}
