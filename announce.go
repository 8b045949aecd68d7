package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/web"
)

// announce says where what is.
func (s *service) announce(public, admin string) {
	s.log.Info().Str("version", version().Version).Str("listen", public).Str("public_url", s.config.PublicURL).Msg("webhooks and the API are served")
	s.log.Info().Str("listen", admin).Msg("metrics, health and profiles are served: not for the internet")
	for _, name := range slices.Sorted(maps.Keys(s.plugins.receivers)) {
		s.log.Info().Str("channel", name).Str("webhook", s.config.PublicURL+"/channels/"+name+"/inbound").Msg("the provider must call this address")
	}
	for _, what := range missing(s.config, slices.Collect(maps.Values(s.library.All()))) {
		s.log.Warn().Msg(what)
	}
}

// missing is what a configuration leaves out that its workflows, or their callers, need.
func missing(c *config.Config, workflows []*fsm.Workflow) []string {
	var all []string
	if len(c.Channels) == 0 {
		all = append(all, "no channels are configured: nobody can be written to")
	}
	for _, w := range workflows {
		for _, r := range w.Reach {
			if _, ok := c.Channels[r.Channel]; !ok && r.Channel != "same" && len(c.Channels) > 0 {
				all = append(all, fmt.Sprintf("workflow %s reaches customers by %s, which isn't configured: it is passed over", w.Name, r.Channel))
			}
		}
	}
	if len(c.APIKeys) == 0 {
		all = append(all, "no api_keys are configured: no case can be opened through the API")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func apiKeys(c *config.Config) []web.Key {
	keys := make([]web.Key, len(c.APIKeys))
	for i, k := range c.APIKeys {
		keys[i] = web.Key{Name: k.Name, SHA256: k.SHA256, Scopes: k.Scopes}
	}
	return keys
}

// objectives are what is expected of each system.
func objectives(c *config.Config) map[string]web.Objective {
	all := make(map[string]web.Objective, len(c.Systems))
	for name, s := range c.Systems {
		all[name] = web.Objective{Share: s.Objective.Share.Ratio(), Within: s.Objective.Within}
	}
	return all
}

// newRegistry holds the metrics of this process that need nothing opened.
func newRegistry(c *config.Config) (*prometheus.Registry, *web.Meter) {
	registry := prometheus.NewRegistry()
	v := version()
	web.Facts{Version: v.Version, Commit: v.Commit, Go: v.Go, Durability: c.Redis.Durability}.Register(registry)
	return registry, web.NewMeter(registry, objectives(c), slices.Collect(maps.Keys(c.Channels)))
}
