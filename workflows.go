package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
)

// loadWorkflows loads the workflows of a directory with its settle.yaml, or those that are compiled in where dir is empty.
// Its error lists everything that is wrong.
func loadWorkflows(dir string) (*fsm.Library, error) {
	if dir == "" {
		data, err := content.FS.ReadFile("settle.yaml")
		if err != nil {
			return nil, err
		}
		c, err := config.Parse("settle.yaml", data)
		if err != nil {
			return nil, err
		}
		return fsm.LoadTree(content.FS, declarations(c))
	}
	c, err := config.Shape(filepath.Join(dir, "settle.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no settle.yaml: name the directory that holds it and workflows/", dir)
	}
	if err != nil {
		return nil, err
	}
	return fsm.LoadTree(os.DirFS(dir), declarations(c))
}

// declarations are what the configuration lets workflows rest on, with what its kinds of systems promise by themselves.
func declarations(c *config.Config) fsm.Declarations {
	d := c.Declarations()
	if len(d.Channels) == 0 { // nothing is connected yet: workflows may count on every channel there is
		d.Channels = []string{"email", "sms", "whatsapp"}
	}
	for system, s := range c.Systems {
		if !remembersKeys[s.Kind] {
			continue
		}
		for name := range s.Operations {
			o := d.Operations[system+"."+name]
			o.Retryable = true
			d.Operations[system+"."+name] = o
		}
	}
	return d
}

// remembersKeys are the kinds of systems that know every idempotency key again, whatever the operation.
var remembersKeys = map[string]bool{"ledger": true}
