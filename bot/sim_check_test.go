package bot_test

import (
	"fmt"
	"time"

	"github.com/settle-chat/settle/store"
)

func (w *simWorld) check() simResult {
	res := simResult{seed: w.seed, faults: w.faults, passed: w.now().Sub(simStart)}
	var lines []string
	for i := range store.Partitions {
		es, err := w.look.Journal(w.life, i, "", 100000)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range es {
			res.events++
			lines = append(lines, fmt.Sprint("journal ", e.Conversation, e.Version, e.Position, e.Entry.Event.ID, e.Entry.Event.At.UnixNano(), e.Entry.From, e.Entry.To, e.Entry.Because, e.Entry.Effects))
		}
	}
	for _, s := range w.net.all() {
		res.messages++
		lines = append(lines, fmt.Sprint("sent ", s.at.UnixNano(), s.key, s.to.Value(), s.text))
	}
	for _, c := range w.bank.changes() {
		res.changes++
		lines = append(lines, fmt.Sprint("made ", c.at.UnixNano(), c.key, c.operation, c.in))
	}
	res.digest = simDigest(lines)
	res.timeline = w.timeline()
	_ = time.Now
	return res
}
