package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/settle-chat/settle/fsm"
)

// scriptError is what is wrong with a transcript, where it stands.
type scriptError struct {
	file string
	line int
	err  error
}

func (e scriptError) Error() string { return fmt.Sprintf("%s:%d: %v", e.file, e.line, e.err) }
func (e scriptError) Unwrap() error { return e.err }

// play replays a transcript and returns it as it should be written. A scene that can't be played stands in it as it did;
// the error says which they are, one a line.
func play(ctx context.Context, load func(variant string) (*fsm.Library, error), w *fsm.Workflow, file, written string) (string, *coverage, int, error) {
	p := &player{
		load: load, name: w.Name, cover: newCoverage(w), scenes: map[string]int{}, failed: map[string]int{}, lines: map[string][]string{},
	}
	defer p.end()
	var failed []error
	for _, scene := range inScenes(written) {
		kept, first := p.out.Len(), p.line+1
		if err := p.playAll(ctx, scene); err != nil {
			failed = append(failed, scriptError{file, p.line, err})
			p.failed[p.title] = p.line
			p.end()
			p.began = 0
			p.out.Truncate(kept)
			p.out.WriteString(strings.Join(scene, "\n") + "\n")
		}
		p.line = first + len(scene) - 1
	}
	return p.out.String(), p.cover, len(p.scenes), errors.Join(failed...)
}

// inScenes cuts a transcript before each title. What stands above the first is a part of its own.
func inScenes(written string) (scenes [][]string) {
	for i, line := range strings.Split(strings.TrimRight(written, "\n"), "\n") {
		if i == 0 || strings.HasPrefix(line, titled) {
			scenes = append(scenes, nil)
		}
		scenes[len(scenes)-1] = append(scenes[len(scenes)-1], line)
	}
	return scenes
}

// titled begins a scene's first line.
const titled = "== "

// playAll plays the lines of one scene.
func (p *player) playAll(ctx context.Context, scene []string) error {
	p.end()
	p.began, p.title = 0, ""
	for _, line := range scene {
		p.line++
		if err := p.play(ctx, line); err != nil {
			return err
		}
	}
	return p.begin(ctx) // a scene of nothing but its first message
}
