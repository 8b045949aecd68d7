package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/settle-chat/settle/campaign"
)

// progress shows how far a launch has come: a bar with rate and time left on a terminal, elsewhere a line now and then.
type progress struct {
	bar    *progressbar.ProgressBar // nil: lines
	out    io.Writer
	total  int
	began  time.Time
	said   time.Time // when the last line was written
	paused bool
}

// sayEvery is how often a line is written where there is no terminal.
const sayEvery = 5 * time.Second

func newProgress(out io.Writer, total int) *progress {
	p := &progress{out: out, total: total, began: time.Now()}
	p.said = p.began
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(out), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("rows"), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetDescription("enrolling"), progressbar.OptionFullWidth())
	}
	return p
}

// told shows the news. Only one caller at a time.
func (p *progress) told(n campaign.Progress) {
	changed := n.Paused != p.paused
	p.paused = n.Paused
	if p.bar != nil {
		if changed && n.Paused {
			p.bar.Describe("paused")
		} else if changed {
			p.bar.Describe("enrolling")
		}
		_ = p.bar.Set(n.Done) // beyond the total where the file grew meanwhile
		return
	}
	now := time.Now()
	if !changed && now.Sub(p.said) < sayEvery {
		return
	}
	p.said = now
	if n.Paused {
		fmt.Fprintf(p.out, "paused at %d of %s: settle resume lets it go on\n", n.Done, count(p.total, "row"))
		return
	}
	rate := float64(n.Done) / max(now.Sub(p.began).Seconds(), 0.001)
	left := time.Duration(float64(max(p.total-n.Done, 0)) / max(rate, 0.001) * float64(time.Second))
	fmt.Fprintf(p.out, "%d of %s, %.0f a second, %s left\n", n.Done, count(p.total, "row"), rate, left.Round(time.Second))
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.out)
	}
}
