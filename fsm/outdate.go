package fsm

import (
	"strings"
	"time"
)

// outdate makes stale what was looked up in the system that has just been changed: after a part payment the old balance
// must not be shown, however fresh it was.
func outdate(k *Case, w *Workflow, operation string) {
	system, _, _ := strings.Cut(operation, ".")
	for name, f := range k.Facts {
		if from, fresh := w.source(name); fresh > 0 && strings.HasPrefix(from, system+".") {
			f.At = time.Time{}
			k.Facts[name] = f
		}
	}
}
