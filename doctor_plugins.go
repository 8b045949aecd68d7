package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/config"
)

// workflows loads and checks them, as serve does.
func (d *doctor) workflows(c *config.Config) {
	const check = "workflows"
	_, all, where, err := loadBundles(c)
	if err != nil {
		first, more, _ := strings.Cut(err.Error(), "\n")
		if more != "" {
			first += " " + strings.ReplaceAll(more, "\n", "; ")
		}
		d.fails(check, first, "settle check lists them with their places")
		return
	}
	d.ok(check, fmt.Sprintf("%s, %s: they load, and nothing is wrong with them", where, count(len(all), "workflow")))
	for _, what := range missing(c, all) {
		d.warns("missing", what, "docs/configuration.md of this release says how to write it")
	}
}

// channels opens each channel, which connects to nothing, and lets it look at itself.
func (d *doctor) channels(c *config.Config) {
	o := nothingOpened(nil)
	defer o.close()
	for _, name := range slices.Sorted(maps.Keys(c.Channels)) {
		section := c.Channels[name]
		kind, err := plugin(channelKinds, section.Section)
		if err != nil {
			d.refused(name, err)
			continue
		}
		var found []channels.Finding
		if i, ok := kind.(channels.Inspector); ok {
			found = i.Inspect()
		}
		for _, f := range found {
			status := odd
			if f.Wrong {
				status = ill
			}
			d.says(status, name, f.What, f.Do)
		}
		err = o.openChannel(c, name)
		switch {
		case err != nil:
			d.refused(name, err)
		case len(found) == 0:
			d.ok(name, section.Kind+": its credentials have the right shape (the provider isn't asked)")
		}
	}
}

// refused prints all that is wrong with a section.
func (d *doctor) refused(check string, err error) {
	d.fails(check, strings.ReplaceAll(err.Error(), "\n", "; "), "put it right in "+d.path)
}

// systems opens each system, which calls none. Files of theirs go to a directory that is gone afterwards.
func (d *doctor) systems(c *config.Config) {
	const check = "systems"
	dir, err := os.MkdirTemp("", "settle-doctor-*")
	if err != nil {
		d.fails(check, err.Error(), "let this user write to the directory for temporary files")
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left is in the directory for temporary files
	elsewhere := *c
	elsewhere.DataDir = dir
	o, well := nothingOpened(nil), true
	for _, name := range slices.Sorted(maps.Keys(c.Systems)) {
		if err := o.openSystem(&elsewhere, name); err != nil {
			d.refused(check, err)
			well = false
		}
	}
	o.close()
	if well {
		d.ok(check, count(len(c.Systems), "system")+": their declarations hold (none is called)")
	}
}

// advice prints what to set at the providers.
func (d *doctor) advice(c *config.Config) {
	for _, name := range slices.Sorted(maps.Keys(c.Channels)) {
		kind, err := plugin(channelKinds, c.Channels[name].Section)
		if a, ok := kind.(channels.Adviser); ok && err == nil && c.PublicURL != "" {
			d.advises(name, a.Advice(c.PublicURL, name))
		}
	}
}
