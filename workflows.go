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

// filesOf are the files of a directory, or those that are compiled in where dir is empty.
func filesOf(dir string) fs.FS {
	if dir == "" {
		return content.FS
	}
	return os.DirFS(dir)
}

// shipped is the configuration that is compiled in beside the workflows.
func shipped() (*config.Config, error) {
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		return nil, err
	}
	return config.Parse("settle.yaml", data)
}

// readWorkflows reads the workflows of a directory with its settle.yaml, or those that are compiled in where dir is
// empty, and loads none. An error of usage says that the directory can't be read; Problems without bundles, what is wrong
// with settle.yaml; Problems with them, which files aren't read for their names.
func readWorkflows(dir string) ([]fsm.Bundle, error) {
	if dir == "" {
		c, err := shipped()
		if err != nil {
			return nil, err
		}
		return fsm.ReadTree(filesOf(dir), declarations(c))
	}
	if _, err := fs.Stat(filesOf(dir), "settle.yaml"); errors.Is(err, fs.ErrNotExist) {
		return nil, wrongUsage(fmt.Errorf("%s has no settle.yaml: name the directory that holds it and workflows/", dir))
	} else if err != nil {
		return nil, wrongUsage(fmt.Errorf("read settle.yaml: %w", err))
	}
	c, err := config.Shape(filepath.Join(dir, "settle.yaml"))
	if err != nil {
		return nil, err
	}
	bundles, err := fsm.ReadTree(filesOf(dir), declarations(c))
	if misnamed := fsm.Problems(nil); err != nil && !errors.As(err, &misnamed) {
		return nil, wrongUsage(err)
	}
	if len(bundles) == 0 && err == nil {
		return nil, wrongUsage(fmt.Errorf("%s has no workflows: write the first as workflows/NAME.yaml", dir))
	}
	return bundles, err
}

// loadWorkflows loads the workflows of a directory, or those that are compiled in. Its error lists everything that is wrong.
func loadWorkflows(dir string) (*fsm.Library, error) {
	bundles, err := readWorkflows(dir)
	if err != nil {
		return nil, err
	}
	library, err := fsm.LoadAll(bundles)
	if err != nil {
		return nil, err
	}
	return library, nil
}

// declarations are what the configuration lets workflows rest on, with what its kinds of systems promise by themselves.
func declarations(c *config.Config) fsm.Declarations {
	d := c.Declarations()
	// A workflow may count on every channel there is, connected here or not: what isn't is passed over.
	d.Channels = []string{"email", "sms", "whatsapp"}
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
