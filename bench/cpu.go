package bench

import (
	"context"
	"fmt"
	"strconv"
	"syscall"
	"time"
)

// cpu is the time that processors have worked: for this process, generator and service together, and for Redis. Unlike a
// rate, it doesn't change when others use the machine too.
type cpu struct{ here, redis time.Duration }

func (w *world) cpu(ctx context.Context) (c cpu, err error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return c, fmt.Errorf("ask for the processor time: %w", err)
	}
	c.here = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	for _, name := range []string{"used_cpu_user", "used_cpu_sys"} {
		text, err := w.redis.Info(ctx, name)
		if err != nil {
			return c, err
		}
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return c, fmt.Errorf("ask Redis for its processor time: %s is no number", name)
		}
		c.redis += time.Duration(seconds * float64(time.Second))
	}
	return c, nil
}

// cpuEach is what one message took of both, in microseconds.
func (s *sample) cpuEach() (here, redis float64) {
	n := float64(max(s.done, 1)) * 1000
	return float64(s.cpu.here.Nanoseconds()) / n, float64(s.cpu.redis.Nanoseconds()) / n
}
