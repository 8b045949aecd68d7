package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Key is one API key, by the SHA-256 of its secret.
type Key struct {
	Name   string // the source of the cases that it opens
	SHA256 [sha256.Size]byte
	Scopes []string // cases, events
}

// mostPerKey is how many requests of one key are worked on at once: one source's flood is its own problem.
const mostPerKey = 64

type keyring struct {
	keys  []Key
	slots map[string]chan struct{} // by name
}

func newKeyring(keys []Key) keyring {
	k := keyring{keys: keys, slots: map[string]chan struct{}{}}
	for _, key := range keys {
		k.slots[key.Name] = make(chan struct{}, mostPerKey)
	}
	return k
}

// find compares with every key, each in constant time, so that the time says nothing about any of them.
func (k keyring) find(secret string) (Key, bool) {
	digest := sha256.Sum256([]byte(secret))
	at := -1
	for i, key := range k.keys {
		if subtle.ConstantTimeCompare(digest[:], key.SHA256[:]) == 1 {
			at = i
		}
	}
	if at < 0 || secret == "" {
		return Key{}, false
	}
	return k.keys[at], true
}

const keyKey contextKey = 1

// keyOf is the key that made this request.
func keyOf(ctx context.Context) Key {
	k, _ := ctx.Value(keyKey).(Key)
	return k
}

// scoped lets by whoever has a key with the scope, and not too many requests of it at once.
func (s *Server) scoped(scope string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		secret, err := bearer(r)
		key, ok := s.keys.find(secret)
		switch {
		case err != nil || !ok:
			w.Header().Set("WWW-Authenticate", `Bearer realm="settle"`)
			writeProblem(w, r, problem{Status: http.StatusUnauthorized, Detail: "send one of the configured API keys: Authorization: Bearer KEY"})
			return
		case !slices.Contains(key.Scopes, scope):
			writeProblem(w, r, problem{Status: http.StatusForbidden, Detail: "this API key hasn't the scope " + scope})
			return
		}
		select {
		case s.keys.slots[key.Name] <- struct{}{}:
			defer func() { <-s.keys.slots[key.Name] }()
		default:
			writeProblem(w, r, problem{Status: http.StatusTooManyRequests, Detail: "too many requests of this API key at once", after: time.Second})
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), keyKey, key)))
	}
}

var errNoBearer = errors.New("no bearer token")

func bearer(r *http.Request) (string, error) {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return "", errNoBearer
	}
	scheme, secret, ok := strings.Cut(given[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", errNoBearer
	}
	return strings.TrimSpace(secret), nil
}
