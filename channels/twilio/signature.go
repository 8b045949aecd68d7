package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's scheme; HMAC doesn't need SHA-1 to resist collisions
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// signature is the header that Twilio signs with.
const signature = "X-Twilio-Signature"

// signed reports whether given is Twilio's signature, under one of the tokens, of a request to target with these form
// parameters: base64(HMAC-SHA1(token, target + key + value ...)). Twilio is not consistent about the port and about the
// escaping of the query, so each way of writing target is accepted: all of them name the same place. (Twilio's own Go
// validator fails on repeated keys, on an apostrophe in the query and on IPv6 hosts, hence this one.)
//
// Every candidate is computed and compared in constant time, whichever matches.
func signed(tokens []string, target string, form url.Values, given string) bool {
	params, ways := []byte(concat(form)), spellings(target)
	ok := 0
	for _, token := range tokens {
		mac := hmac.New(sha1.New, []byte(token))
		for _, way := range ways {
			mac.Reset()
			mac.Write([]byte(way))
			mac.Write(params)
			want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
			ok |= subtle.ConstantTimeCompare([]byte(want), []byte(given))
		}
	}
	return ok == 1
}

// signedBody is signed for a body that is no form: the query holds its hash, and only the URL is signed. Without the hash
// nothing vouches for the body, so it is forged.
func signedBody(tokens []string, target string, body []byte, given string) bool {
	_, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil || len(values["bodySHA256"]) != 1 {
		return false
	}
	want, err := hex.DecodeString(values.Get("bodySHA256"))
	got := sha256.Sum256(body)
	return err == nil && hmac.Equal(got[:], want) && signed(tokens, target, nil, given)
}

// concat writes the parameters as Twilio signs them: keys in byte order, and the distinct values of a key in order.
func concat(form url.Values) string {
	keys, size := make([]string, 0, len(form)), 0
	for key, values := range form {
		keys = append(keys, key)
		for _, value := range values {
			size += len(key) + len(value)
		}
	}
	slices.Sort(keys)
	var b strings.Builder
	b.Grow(size)
	for _, key := range keys {
		values := form[key]
		if len(values) > 1 {
			values = slices.Compact(slices.Sorted(slices.Values(values)))
		}
		for _, value := range values {
			b.WriteString(key)
			b.WriteString(value)
		}
	}
	return b.String()
}

// spellings are the ways in which Twilio may have written target when it signed it.
func spellings(target string) []string {
	target, _, _ = strings.Cut(target, "#")
	place, query, hasQuery := strings.Cut(target, "?")
	queries := []string{""}
	if hasQuery {
		// As received, as a browser's URL parser writes it, and as Twilio's older code did, which left apostrophes alone.
		queries = distinct("?"+query, "?"+escapeQuery(query), "?"+strings.ReplaceAll(query, "%27", "'"))
	}
	var out []string
	for _, place := range ports(place) {
		for _, query := range queries {
			out = append(out, place+query)
		}
	}
	return out
}

// ports are place as it is and with its port removed, or the scheme's own port added.
func ports(place string) []string {
	scheme, rest, ok := strings.Cut(place, "://")
	if !ok {
		return []string{place}
	}
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') { // not one inside [::1]
		bare := strings.TrimSuffix(authority, host[colon:])
		return []string{place, scheme + "://" + bare + path}
	}
	port := map[string]string{"https": ":443", "http": ":80"}[strings.ToLower(scheme)]
	return distinct(place, scheme+"://"+authority+port+path)
}

// escapeQuery escapes what the WHATWG URL standard escapes in a query.
func escapeQuery(query string) string {
	var b strings.Builder
	for i := range len(query) {
		switch c := query[i]; {
		case c <= ' ' || c > '~' || strings.IndexByte(`"#<>'`, c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func distinct(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
