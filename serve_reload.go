package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/internal/loglevel"
)

// reload reads settle.yaml and the workflows again, and does what can be done without a restart: the log level, and workflows,
// which are published and begun with from now on. Cases that run stay on their versions. What is broken is said and changes
// nothing. Only reloadOn calls it, one call at a time.
func (s *service) reload(ctx context.Context) {
	s.reloads++
	log := s.log.With().Int("reload", s.reloads).Logger()
	now, err := config.Read(s.config.Path())
	if err != nil {
		log.Error().Err(err).Msg("settle.yaml can't be used: what was read before stays")
	} else {
		s.configured(now)
	}
	published, gone, err := s.republish(ctx)
	if ctx.Err() != nil {
		return
	}
	if len(gone) > 0 {
		log.Warn().Strs("workflows", gone).Msg("these have no file any more: new cases begin with them until a restart")
	}
	switch {
	case err != nil:
		log.Error().Err(err).Msg("workflows can't be used: what was read before stays")
	case len(published) > 0:
		log.Info().Strs("published", published).Msg("workflows published: new cases begin with them, those that run stay on their versions")
	default:
		log.Info().Msg("no workflow has changed")
	}
}

// configured takes from a new reading of settle.yaml what can change while this process runs, and names the rest.
func (s *service) configured(now *config.Config) {
	if level, err := loglevel.Parse(now.Log.Level); err == nil && now.Log.Level != s.logLevel && s.level != nil {
		s.level.Set(level)
		s.logLevel = now.Log.Level
		s.log.Log().Str("log_level", now.Log.Level).Msg("log level is changed by settle.yaml")
	}
	s.workflows = now.Workflows
	restart := slices.DeleteFunc(s.config.Differ(now), func(key string) bool {
		return key == "workflows" || key == "log.level" && s.level != nil
	})
	if len(restart) > 0 && !slices.Equal(restart, s.restart) {
		s.log.Warn().Strs("keys", restart).Msg("needs a restart: " + strings.Join(restart, ", "))
	}
	s.restart = restart
}

// republish publishes the workflows that have changed, all or none, and says which those are, and which are in use and have no
// file any more. They are in the store before a case begins with one here: a process that gets its next event finds them there.
func (s *service) republish(ctx context.Context) (published, gone []string, err error) {
	c := *s.config // what isn't taken on yet, such as another system, isn't there for workflows either
	c.Workflows = s.workflows
	bundles, workflows, _, err := loadBundles(&c)
	if err != nil {
		return nil, nil, err
	}
	used := s.library.All()
	var changed []fsm.Bundle
	var taken []*fsm.Workflow
	for i, w := range workflows {
		if is := used[w.Name]; is == nil || is.Pin() != w.Pin() {
			changed, taken = append(changed, bundles[i]), append(taken, w)
		}
		delete(used, w.Name)
	}
	if err := publish(ctx, s.store, changed); err != nil {
		return nil, nil, err
	}
	for _, w := range taken {
		s.library.Add(w)
		published = append(published, w.Pin())
	}
	return published, slices.Sorted(maps.Keys(used)), nil
}
