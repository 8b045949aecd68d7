package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// loadBundles loads and checks the configured workflows. Its error has everything that is wrong with all of them.
func loadBundles(c *config.Config) (bundles []fsm.Bundle, workflows []*fsm.Workflow, where string, err error) {
	tree, where, err := workflowTree(c)
	if err != nil {
		return nil, nil, where, err
	}
	bundles, err = fsm.ReadTree(tree, declarations(c))
	if err != nil {
		return nil, nil, where, fmt.Errorf("read workflows (%s): %w", where, err)
	}
	var problems fsm.Problems
	for _, b := range bundles {
		w, err := fsm.Load(b)
		if err != nil {
			var found fsm.Problems
			if !errors.As(err, &found) {
				return nil, nil, where, fmt.Errorf("load workflow %q: %w", b.Name(), err)
			}
			problems = append(problems, found...)
			continue
		}
		problems = append(problems, fsm.Check(w)...)
		workflows = append(workflows, w)
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b fsm.Problem) int { return strings.Compare(a.String(), b.String()) })
		problems = slices.Compact(problems) // a fragment's problem shows in every workflow that uses it
		return nil, nil, where, fmt.Errorf("workflows (%s): %w", where, problemList{problems})
	}
	if len(bundles) == 0 {
		return nil, nil, where, fmt.Errorf("workflows (%s): there are none: put one into workflows/NAME.yaml", where)
	}
	return bundles, workflows, where, nil
}

// publish keeps every workflow's bundle, so that a case ends on the version it began with, and makes it the current one. A
// version stays on the store's list under its own name, name@hash, for whoever starts next.
func publish(ctx context.Context, st *store.Store, bundles []fsm.Bundle) error {
	for _, b := range bundles {
		data, err := json.Marshal(b)
		if err != nil {
			return fmt.Errorf("publish workflow %q: %w", b.Name(), err)
		}
		hash := b.Hash()
		if err := st.PutBundle(ctx, hash, data); err != nil {
			return err
		}
		if err := st.SetCurrent(ctx, b.Name()+"@"+hash, hash); err != nil {
			return err
		}
		if err := st.SetCurrent(ctx, b.Name(), hash); err != nil {
			return err
		}
	}
	return nil
}

// pinned adds to the library every version in the store that it doesn't hold, and says how many those were. One that this
// release can't load is named in the error, and the others are added all the same.
func pinned(ctx context.Context, st *store.Store, library *fsm.Library) (added int, err error) {
	versions, err := st.Current(ctx)
	if err != nil {
		return 0, err
	}
	var faults []error
	for name, hash := range versions {
		if workflow, _, ok := strings.Cut(name, "@"); !ok || library.Pinned(workflow+"@"+hash) != nil {
			continue
		}
		w, err := loadPinned(ctx, st, hash)
		if err != nil {
			faults = append(faults, fmt.Errorf("workflow %s, which cases may be pinned to: %w", name, err))
			continue
		}
		library.AddPinned(w)
		added++
	}
	return added, errors.Join(faults...)
}

func loadPinned(ctx context.Context, st *store.Store, hash string) (*fsm.Workflow, error) {
	data, err := st.Bundle(ctx, hash)
	if err != nil {
		return nil, err
	}
	var b fsm.Bundle
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, fmt.Errorf("bundle %s: %w", hash, store.ErrCorrupt)
	}
	w, err := fsm.Load(b)
	if err != nil {
		return nil, fmt.Errorf("load bundle %s: %w", hash, err)
	}
	return w, nil
}

// problemList prints problems below a count, each on its own line.
type problemList struct{ problems fsm.Problems }

func (l problemList) Error() string {
	return fmt.Sprintf("%s\n%s", count(len(l.problems), "problem"), l.problems.Error())
}

func (l problemList) Unwrap() error { return l.problems }

// storedLibrary is every version in the store, with the current ones current: for a command beside a running serve.
func storedLibrary(ctx context.Context, st *store.Store) (*fsm.Library, error) {
	versions, err := st.Current(ctx)
	if err != nil {
		return nil, err
	}
	library := fsm.NewLibrary()
	for name, hash := range versions {
		if strings.Contains(name, "@") {
			continue
		}
		w, err := loadPinned(ctx, st, hash)
		if err != nil {
			return nil, fmt.Errorf("workflow %q: %w", name, err)
		}
		library.Add(w)
	}
	_, err = pinned(ctx, st, library)
	return library, err
}
