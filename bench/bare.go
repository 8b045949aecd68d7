package bench

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/store/storebench"
	"github.com/settle-chat/settle/web"
)

// bare is the least that a webhook can be: it checks the signature, sends what the real one sends to Redis in the same two
// round trips, over the same pool, and answers. It reads no document, takes no step and seals nothing: what it writes was
// recorded from the real one.
type bare struct {
	receiver channels.Receiver
	run      func(context.Context, storebench.Call) (string, error)
	recorded *recorded
	slow     time.Duration
}

// serveBare serves it as the real one is served; run is how its scripts get to Redis.
func (w *world) serveBare(r *recorded, run func(context.Context, storebench.Call) (string, error)) (address string, err error) {
	server := web.New(web.Options{PublicURL: publicURL}).Public(zerolog.Nop())
	server.Handler = &bare{w.receiver(), run, r, w.bare}
	return w.listen(server)
}

var errBare = errors.New("the recorded commit wrote nothing")

func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	received, err := b.receiver.Receive(r, body)
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(received.Inbound[0].From.Value(), barePrefix))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if b.slow > 0 {
		time.Sleep(b.slow)
	}
	for i, call := range b.recorded.webhook[n%len(b.recorded.webhook)].For(n) {
		answer, err := b.run(r.Context(), call)
		if err == nil && i == 1 && answer != "ok" {
			err = errBare
		}
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	w.Header().Set("Content-Type", received.ContentType)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(received.Body) // the generator may be gone
}
