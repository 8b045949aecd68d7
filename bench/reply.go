package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Reply is how long a customer waits for the service, the provider's own time left out.
type Reply struct {
	P50       float64 `json:"reply_p50_ms"` // from when a message was to come in to its reply at the provider
	P99       float64 `json:"reply_p99_ms"`
	Answer50  float64 `json:"webhook_p50_ms"` // to the webhook's own 200
	Answer99  float64 `json:"webhook_p99_ms"`
	Rate      float64 `json:"rate_per_s"`    // at which messages came in
	Reached   float64 `json:"reached_per_s"` // how many were answered
	Maximum   float64 `json:"maximum_per_s"` // measured just before, as fast as it goes
	Messages  int     `json:"messages"`
	Unreplied int     `json:"unreplied"` // messages without a reply ten seconds after the last one
}

// Aims are what it is measured against.
func (r Reply) Aims() []Aim {
	return []Aim{
		{"reply: p50 under 5 ms", r.P50 < 5 && r.Unreplied == 0},
		{"reply: p99 under 50 ms", r.P99 < 50 && r.Unreplied == 0},
	}
}

// Rows are the figures for people.
func (r Reply) Rows() []Row {
	return []Row{
		{"message in to reply at the provider, p50", fmt.Sprintf("%.1f ms", r.P50), r.P50 / 50},
		{"p99", fmt.Sprintf("%.1f ms", r.P99), r.P99 / 50},
		{"message in to 200 out, p50, p99", fmt.Sprintf("%.1f, %.1f ms", r.Answer50, r.Answer99), 0},
		{"at half of the measured maximum", fmt.Sprintf("%.0f of %.0f /s", r.Rate, r.Maximum), 0},
		{"messages, of them without a reply", fmt.Sprintf("%d, %d", r.Messages, r.Unreplied), 0},
	}
}

const (
	half          = 0.5
	replyPatience = 10 * time.Second
)

// MeasureReply measures replies at half of what the service can do: messages come in at a fixed rate, whatever becomes of
// those before, and the time of each begins when it was to come in.
func MeasureReply(ctx context.Context, o Options) (r Reply, err error) {
	w, err := newWorld(ctx, o)
	if err != nil {
		return r, err
	}
	defer w.close()
	s, err := w.replies(ctx, o.For/2)
	if err != nil {
		return r, err
	}
	o.Say("As fast as it goes")
	most, err := s.run(ctx, o.For/2)
	if err != nil {
		return r, err
	}
	if err := w.rest(ctx, s); err != nil { // what is still to be sent would be in the way
		return r, err
	}
	r.Maximum = most.perSecond()
	r.Rate = r.Maximum * half
	n := int(r.Rate * o.For.Seconds())
	if o.Conversations > 0 {
		n = min(n, o.Conversations)
	}
	n = max(n, 1)
	from := s.used
	if err := s.more(ctx, n); err != nil {
		return r, err
	}
	replied := make([]atomic.Int64, n)
	all := make(chan struct{})
	var count atomic.Int64
	w.provider.tell(func(to string, at time.Time) {
		customer, err := strconv.Atoi(strings.TrimPrefix(to, realPrefix))
		if i := customer - from; err == nil && i >= 0 && i < n && replied[i].CompareAndSwap(0, at.UnixNano()) && int(count.Add(1)) == n {
			close(all)
		}
	})
	o.Say("Half of it, at a fixed rate: %.0f a second", r.Rate)
	began := time.Now()
	answered, err := s.load.open(ctx, s.queue, r.Rate, began)
	if err != nil {
		return r, err
	}
	select {
	case <-all:
	case <-ctx.Done():
		return r, ctx.Err()
	case <-time.After(replyPatience):
	}
	var waited sample
	for i := range replied {
		if at := replied[i].Load(); at != 0 {
			waited.each = append(waited.each, time.Unix(0, at).Sub(scheduled(began, r.Rate, i)))
		}
	}
	r.Messages, r.Unreplied, r.Reached = n, n-len(waited.each), answered.perSecond()
	r.P50, r.P99 = ms(quantile(waited.sorted(), .5)), ms(quantile(waited.each, .99))
	r.Answer50, r.Answer99 = ms(quantile(answered.sorted(), .5)), ms(quantile(answered.each, .99))
	return r, nil
}

// rest waits until nothing runs any more.
func (w *world) rest(ctx context.Context, s *side) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.bot.Quiet(ctx); err != nil {
		return fmt.Errorf("wait until all replies are sent: %w", err)
	}
	return nil
}
