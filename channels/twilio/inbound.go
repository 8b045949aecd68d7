package twilio

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

const (
	whatsapp = "whatsapp:"

	maxMedia  = 10  // Twilio's limit per message
	maxChoice = 200 // Twilio's limit on an identifier; what is longer is none of ours
)

// nothing is TwiML for "no answer": whatever is to be said is sent by the API, where it can be retried and receipted.
const nothing = `<?xml version="1.0" encoding="UTF-8"?><Response/>`

func inbound(form url.Values) (channels.Received, error) {
	sid := form.Get("MessageSid")
	if !messageSID.MatchString(sid) {
		return channels.Received{}, fmt.Errorf("%w: want a MessageSid", channels.ErrMalformed)
	}
	// A status callback that was configured to come here would else be a message from ourselves.
	if s := form.Get("SmsStatus"); s != "" && s != "received" && s != "receiving" {
		return channels.Received{}, fmt.Errorf("%w: a status callback, have Twilio call .../status", channels.ErrMalformed)
	}
	from, err := address(form.Get("From"))
	if err != nil {
		return channels.Received{}, fmt.Errorf("%w: From: %w", channels.ErrMalformed, err)
	}
	in := message.Inbound{
		ID:     "twilio/" + sid,
		From:   from,
		To:     form.Get("To"),
		Choice: choice(form),
		Media:  media(form),
		Optout: optout(form.Get("OptOutType")),
	}
	// The business-scoped user ID beside the phone. It is extra: one that can't be read mustn't lose the message.
	if also, err := address(form.Get("ExternalUserId")); err == nil && also != from {
		in.Also = also
	}
	text := strings.ToValidUTF8(form.Get("Body"), "\uFFFD")
	if from.Kind() == "sms" {
		text = plain(text)
	}
	in.Text, in.Clipped = clip(text)
	return channels.Received{Inbound: []message.Inbound{in}, ContentType: "text/xml", Body: []byte(nothing)}, nil
}

// address translates Twilio's way of writing one: +27..., whatsapp:+27... or, where the customer hides the number,
// whatsapp:ZA.123.
func address(s string) (message.Address, error) {
	value, isWhatsapp := strings.CutPrefix(s, whatsapp)
	switch {
	case isWhatsapp && strings.HasPrefix(value, "+"):
		return message.ParseAddress("whatsapp:" + value)
	case isWhatsapp:
		return message.ParseAddress("whatsapp-user:" + value)
	default:
		return message.ParseAddress("sms:" + value)
	}
}

// choice is the payload of what was tapped: a button's, else a list row's.
func choice(form url.Values) string {
	for _, key := range []string{"ButtonPayload", "ListId"} {
		if id := form.Get(key); id != "" && len(id) <= maxChoice && utf8.ValidString(id) {
			return id
		}
	}
	return ""
}

func media(form url.Values) []message.Media {
	var out []message.Media
	for i := range maxMedia {
		n := strconv.Itoa(i)
		where := form.Get("MediaUrl" + n)
		if where == "" {
			break
		}
		out = append(out, message.Media{URL: where, Type: form.Get("MediaContentType" + n)})
	}
	return out
}

// optout is set only where Twilio has answered the customer itself (Advanced Opt-Out).
func optout(kind string) string {
	switch kind := strings.ToUpper(kind); kind {
	case "STOP", "START", "HELP":
		return kind
	}
	return ""
}

// plain undoes a quirk: long texts in several parts sometimes arrive in base64. Only what can hardly be anything else is
// decoded: sixty characters or more without a space, that turn into printable text with spaces.
func plain(text string) string {
	packed := strings.NewReplacer("\r", "", "\n", "").Replace(text)
	if len(packed) < 60 {
		return text
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(packed)
	if err != nil || !utf8.Valid(raw) || !strings.Contains(string(raw), " ") {
		return text
	}
	for _, r := range string(raw) {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) && r != '\u200d' && r != '\ufe0f' { // the last two belong to emoji
			return text
		}
	}
	return string(raw)
}

// clip keeps the first message.MaxInbound runes.
func clip(text string) (string, bool) {
	n := 0
	for i := range text {
		if n == message.MaxInbound {
			return strings.Clone(text[:i]), true // a slice would keep the whole text in memory
		}
		n++
	}
	return text, false
}
