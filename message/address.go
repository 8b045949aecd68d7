package message

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Address is where to reach a contact, written kind:value:
//
//	sms:+27821234521            a phone
//	whatsapp:+27821234521       a WhatsApp account known by its phone
//	whatsapp-user:ZA.1349120    a WhatsApp account known by its business-scoped user ID
//	email:thandi@example.com    a mailbox
//	console:thandi              a terminal
//
// It identifies a person, so every verb of fmt prints it masked (sms:+27…21). What needs the raw text says so: a
// conversion to string, Value, or JSON. A logger that writes values as JSON therefore needs String. fmt can't call
// methods on unexported fields, so a struct that is ever printed holds its Address in an exported one.
type Address string

// ErrAddress is wrapped by every error of ParseAddress: the text can't be an address and trying again won't help.
var ErrAddress = errors.New("not an address")

// The limits of RFC 5321 on a mailbox and of RFC 1035 on a domain's label.
const (
	maxMailbox = 254
	maxLocal   = 64
	maxLabel   = 63
)

// ParseAddress checks s and returns it as an Address, the domain of a mailbox in lower case. Numbers stay as they came:
// WhatsApp's IDs for Mexico (+521...) and Argentina (+549...) differ from the numbers dialled there, and belong to WhatsApp.
// Its errors never repeat s.
func ParseAddress(s string) (Address, error) {
	kind, value, ok := strings.Cut(s, ":")
	if !ok {
		return "", refuse("it has no kind: write it as sms:+27821234567 or email:name@example.com")
	}
	switch kind {
	case "sms", "whatsapp":
		if !isNumber(value) {
			if kind == "whatsapp" && isUserID(value) {
				return "", refuse("a business-scoped user ID: write it as whatsapp-user:" + value[:3] + "...")
			}
			return "", refuse(kind + " needs an international number: +, then 7 to 15 digits, the first not 0")
		}
	case "whatsapp-user":
		if !isUserID(value) {
			return "", refuse("whatsapp-user needs two capital letters, a dot, then up to 128 letters or digits: ZA.123")
		}
	case "email":
		local, domain, because := mailbox(value)
		if because != "" {
			return "", refuse("email " + because)
		}
		value = local + "@" + strings.ToLower(domain)
	case "console":
		if value == "" || len(value) > maxLocal || !only(value, isNameByte) {
			return "", refuse("console needs a name of up to 64 letters, digits, dots, dashes or underscores")
		}
	default:
		return "", refuse("unknown kind: use sms, whatsapp, whatsapp-user, email or console")
	}
	return Address(kind + ":" + value), nil
}

func refuse(because string) error { return fmt.Errorf("parse address: %w: %s", ErrAddress, because) }

// Kind is what stands before the colon: sms, whatsapp, whatsapp-user, email or console.
func (a Address) Kind() string {
	kind, _, _ := strings.Cut(string(a), ":")
	return kind
}

// Value is what stands after the colon, in full: what a provider is given.
func (a Address) Value() string {
	_, value, _ := strings.Cut(string(a), ":")
	return value
}

// Channel is the kind of channel that reaches a: both of WhatsApp's kinds are reached by whatsapp. Unknown kinds have none.
func (a Address) Channel() string {
	switch kind := a.Kind(); kind {
	case "sms", "whatsapp", "email", "console":
		return kind
	case "whatsapp-user":
		return "whatsapp"
	}
	return ""
}

// IsZero reports whether there is no address; with it, JSON's omitzero leaves it out.
func (a Address) IsZero() bool { return a == "" }

// String masks a: enough to tell two addresses of one conversation apart, too little to reach anyone.
func (a Address) String() string {
	const some = "…"
	value := a.Value()
	switch kind := a.Kind(); kind {
	case "sms", "whatsapp":
		if isNumber(value) {
			return kind + ":" + value[:3] + some + value[len(value)-2:]
		}
		return kind + ":" + some
	case "whatsapp-user":
		if isUserID(value) && len(value) >= 9 {
			return kind + ":" + value[:3] + some + value[len(value)-2:]
		}
		return kind + ":" + some
	case "email":
		// The domain may be a family's name; only its last label is shown.
		if local, domain, because := mailbox(value); because == "" {
			first := ""
			if len(local) > 2 {
				first = local[:1]
			}
			return kind + ":" + first + some + "@" + some + domain[strings.LastIndexByte(domain, '.'):]
		}
		return kind + ":" + some
	case "console":
		return kind + ":" + some
	case "":
		if a == "" {
			return ""
		}
	}
	return some // whatever this is, it was never parsed
}

// Format masks a under every verb: %d and %#v would otherwise print the raw text.
func (a Address) Format(f fmt.State, verb rune) {
	text := a.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = fmt.Sprintf("%q", text)
	}
	if width, ok := f.Width(); ok {
		text = fmt.Sprintf("%*s", width, text)
	}
	_, _ = io.WriteString(f, text) // a failing writer shows in the caller's own Fprintf
}

// isNumber reports E.164's shape. Which numbers exist, and which may be messaged, is asked elsewhere.
func isNumber(s string) bool {
	return len(s) >= 8 && len(s) <= 16 && s[0] == '+' && s[1] != '0' && only(s[1:], isDigit)
}

// isUserID reports the shape of a business-scoped user ID, US.1349, or of its parent, US.ENT.1349.
func isUserID(s string) bool {
	if len(s) < 4 || !isUpper(s[0]) || !isUpper(s[1]) || s[2] != '.' {
		return false
	}
	id := strings.TrimPrefix(s[3:], "ENT.")
	return id != "" && len(id) <= 128 && only(id, isAlnum)
}

// mailbox splits an e-mail address, or says why it can't. It knows dot-atoms and host names, which is what banks have on
// file: no comments, quoted names or domain literals, and names in other scripts as their xn-- form.
func mailbox(s string) (local, domain, because string) {
	local, domain, ok := strings.Cut(s, "@")
	switch {
	case !ok || strings.Contains(domain, "@"):
		return "", "", "needs exactly one @"
	case len(s) > maxMailbox || len(local) > maxLocal:
		return "", "", "is too long: at most 64 characters before the @ and 254 in all"
	case !isDotAtom(local):
		return "", "", "has a part before the @ that no mail server takes unquoted: letters, digits and single dots inside"
	case !isHost(domain):
		return "", "", "needs a domain such as example.com after the @, in ASCII letters, digits and dashes"
	}
	return local, domain, ""
}

func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || !only(atom, isAtomByte) {
			return false
		}
	}
	return true
}

func isHost(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' || !only(label, isHostByte) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) > 1 && !only(last, isDigit) // 127.0.0.1 is no domain
}

func only(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool    { return b >= '0' && b <= '9' }
func isUpper(b byte) bool    { return b >= 'A' && b <= 'Z' }
func isAlnum(b byte) bool    { return isDigit(b) || isUpper(b) || b >= 'a' && b <= 'z' }
func isHostByte(b byte) bool { return isAlnum(b) || b == '-' }
func isNameByte(b byte) bool { return isHostByte(b) || b == '.' || b == '_' }
func isAtomByte(b byte) bool {
	return isAlnum(b) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", b) >= 0
}
