package main

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/web"
)

// announce says where what is.
func (s *service) announce(public, admin string) {
	s.log.Info().Str("version", version().Version).Str("listen", public).Str("public_url", s.config.PublicURL).Msg("webhooks and the API are served")
	s.log.Info().Str("listen", admin).Msg("metrics, health and profiles are served: not for the internet")
	for _, name := range slices.Sorted(maps.Keys(s.plugins.receivers)) {
		s.log.Info().Str("channel", name).Str("webhook", s.config.PublicURL+"/channels/"+name+"/inbound").Msg("the provider must call this address")
	}
	for _, w := range s.library.All() {
		for _, r := range w.Reach {
			if _, ok := s.config.Channels[r.Channel]; !ok && r.Channel != "same" {
				s.log.Warn().Str("workflow", w.Name).Str("channel", r.Channel).Msg("a workflow reaches customers by a channel that isn't configured: it is passed over")
			}
		}
	}
	if len(s.config.Channels) == 0 {
		s.log.Warn().Msg("no channels are configured: nobody can be written to")
	}
	if len(s.config.APIKeys) == 0 {
		s.log.Warn().Msg("no api_keys are configured: no case can be opened through the API")
	}
}

func apiKeys(c *config.Config) []web.Key {
	keys := make([]web.Key, len(c.APIKeys))
	for i, k := range c.APIKeys {
		keys[i] = web.Key{Name: k.Name, SHA256: k.SHA256, Scopes: k.Scopes}
	}
	return keys
}

// objectives puts what is expected of each system beside what it does, so that an alert can compare the two.
func objectives(r prometheus.Registerer, c *config.Config) {
	share := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "settle_objective_ratio", Help: "The share of a system's writebacks that is to be acknowledged in time.",
	}, []string{"system"})
	within := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "settle_objective_seconds", Help: "The time in which a system's writebacks are to be acknowledged.",
	}, []string{"system"})
	r.MustRegister(share, within)
	for name, s := range c.Systems {
		share.WithLabelValues(name).Set(s.Objective.Share.Ratio())
		within.WithLabelValues(name).Set(s.Objective.Within.Seconds())
	}
}
