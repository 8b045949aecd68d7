package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settled is how long nothing may change before files are read again: an editor or a copy writes several.
const settled = 250 * time.Millisecond

// reloadOn reads the files again when it is told to and when they change, until ctx ends.
func (s *service) reloadOn(ctx context.Context, told <-chan os.Signal) {
	quiet := time.NewTimer(settled)
	quiet.Stop()
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			s.log.Info().Msg("told to read the files again")
		case e := <-s.watched.events:
			if s.interesting(e) {
				quiet.Reset(settled)
			}
			continue
		case err := <-s.watched.errors:
			s.log.Warn().Err(err).Msg("what has changed in the files is not known: they are read again")
			quiet.Reset(settled)
			continue
		case <-quiet.C:
		}
		// Watched anew before they are read: what has been put in a directory's place is another directory.
		s.watched.close()
		s.watched = s.watch()
		s.reload(ctx)
	}
}

// watch is a watcher of the directories that settle.yaml and the workflows are in. Where none can be had its channels are nil,
// and SIGHUP is left.
type watch struct {
	watcher *fsnotify.Watcher
	events  <-chan fsnotify.Event
	errors  <-chan error
}

func (s *service) watch() watch {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		s.log.Warn().Err(err).Msg("files can't be watched: send SIGHUP when they have changed")
		return watch{}
	}
	// Directories and not files: a Kubernetes ConfigMap is changed by another directory behind a link, and most editors put
	// a new file in an old one's place.
	dirs := []string{filepath.Dir(s.config.Path()), s.workflows}
	for _, name := range parts {
		dirs = append(dirs, filepath.Join(s.workflows, name))
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		if err := watcher.Add(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.log.Warn().Err(err).Str("directory", dir).Msg("directory can't be watched: send SIGHUP when something in it has changed")
		}
	}
	return watch{watcher, watcher.Events, watcher.Errors}
}

func (w watch) close() {
	if w.watcher != nil {
		_ = w.watcher.Close()
	}
}

// parts are the directories of a directory with workflows.
var parts = []string{"workflows", "fragments", "messages"}

// interesting leaves out what else is written beside the files: a ledger, a Redis' data, an editor's backups.
func (s *service) interesting(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	name := filepath.Base(e.Name)
	return filepath.Ext(name) == ".yaml" || name == filepath.Base(s.config.Path()) || name == "..data" || slices.Contains(parts, name)
}
