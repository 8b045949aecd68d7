package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/settle-chat/settle/bench"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
)

// measureStep measures the step over everything that happens in the shipped transcripts.
func measureStep(ctx context.Context, o bench.Options) (bench.Figures, error) {
	o.Say("The shipped transcripts are played")
	load := rehearsals("")
	var all []bench.Workflow
	for _, name := range slices.Sorted(maps.Keys(o.Library.All())) {
		events, err := happenedIn(ctx, load, o.Library.Named(name))
		if err != nil {
			return nil, fmt.Errorf("play %s: %w", name, err)
		}
		all = append(all, bench.Workflow{Name: name, Events: events})
	}
	return bench.MeasureStep(ctx, o, all)
}

// happenedIn plays a workflow's transcript, and takes each scene's events and what they were stepped from out of its journal.
func happenedIn(ctx context.Context, load func(string) (*fsm.Library, error), w *fsm.Workflow) ([]bench.Event, error) {
	file := "workflows/" + w.Name + ".transcript"
	written, err := fs.ReadFile(content.FS, file)
	if err != nil {
		return nil, err
	}
	p := &player{
		load: load, name: w.Name, cover: newCoverage(w), scenes: map[string]int{}, failed: map[string]int{}, lines: map[string][]string{},
	}
	defer p.end()
	var events []bench.Event
	for _, scene := range inScenes(string(written)) {
		if err := p.playAll(ctx, scene); err != nil {
			return nil, scriptError{file, p.line, err}
		}
		if p.thread == nil {
			continue // what stands above the first title
		}
		more, err := p.thread.replayed(ctx)
		if err != nil {
			return nil, scriptError{file, p.began, err}
		}
		events = append(events, more...)
	}
	return events, nil
}

// replayed are the thread's events, each with the conversation that it came to.
func (t *thread) replayed(ctx context.Context) ([]bench.Event, error) {
	if t.conversation == "" {
		return nil, nil
	}
	loaded, err := t.store.Load(ctx, t.conversation)
	if err != nil {
		return nil, err
	}
	last := loaded.Conversation
	entries, err := t.store.ConversationJournal(ctx, t.conversation)
	if err != nil {
		return nil, err
	}
	c := fsm.Conversation{Schema: fsm.Schema, ID: last.ID, Created: last.Created, At: last.Created}
	c.Contact.Addresses = []fsm.Reachable{{Address: rehearsedAddress, Since: last.Created}}
	var events []bench.Event
	for _, e := range entries {
		before := c
		if c, err = fsm.Replay(t.library, c, []fsm.Entry{e.Entry}); err != nil {
			return nil, err
		}
		events = append(events, bench.Event{Library: t.library, Before: before, Event: e.Entry.Event})
	}
	return events, nil
}
