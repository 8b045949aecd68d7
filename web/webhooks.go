package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels"
)

const (
	// maxWebhook bounds a webhook's body. It is read before the signature is checked, as the signature is over it.
	maxWebhook = 1 << 20
	// webhookPatience is how long a webhook's commit may take. Twilio gives up after 15 s.
	webhookPatience = 10 * time.Second
)

func (s *Server) mountWebhooks(mux *http.ServeMux) {
	mux.HandleFunc("POST /channels/{name}/inbound", s.webhook)
	mux.HandleFunc("GET /channels/{name}/inbound", s.webhook) // where a channel takes none it is forged or malformed, as any other
	mux.HandleFunc("POST /channels/{name}/status", s.webhook)
}

// webhook answers a provider. Whatever is wrong, the body is empty: what was expected is nobody's business.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request) {
	log := zerolog.Ctx(r.Context())
	receiver := s.options.Channels[r.PathValue("name")]
	if receiver == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method == http.MethodHead { // the mux takes it for GET; no provider sends it
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil { // cut off or too slow
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	received, err := receiver.Receive(r, body)
	switch {
	case errors.Is(err, channels.ErrForged):
		log.Warn().Str("channel", r.PathValue("name")).Msg("webhook with a wrong signature: check public_url and the channel's secrets if this is the provider")
		w.WriteHeader(http.StatusForbidden)
		return
	case errors.Is(err, channels.ErrMalformed):
		log.Warn().Str("channel", r.PathValue("name")).Err(err).Msg("webhook not understood")
		w.WriteHeader(http.StatusBadRequest)
		return
	case err != nil:
		log.Error().Str("channel", r.PathValue("name")).Err(err).Msg("webhook not read")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	// A provider that hangs up may not come again, so what it has said is committed all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), webhookPatience)
	defer cancel()
	if err := s.options.Bot.Receive(ctx, received); err != nil {
		log.Error().Str("channel", r.PathValue("name")).Err(err).Msg("webhook not committed: the provider is asked to come again")
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if received.ContentType != "" {
		w.Header().Set("Content-Type", received.ContentType)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(received.Body) // it is committed; a provider that is gone repeats itself and is a duplicate
}
