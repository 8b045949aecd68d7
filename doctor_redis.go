package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/redisd"
	"github.com/settle-chat/settle/store"
)

// year is how long a keyset's file may stay as it is.
const year = 365 * 24 * time.Hour

// keyset opens it; nil where it doesn't open.
func (d *doctor) keyset(c *config.Config, refs []config.Reference) *store.Keyset {
	const check = "keyset"
	k, err := store.ParseKeyset([]byte(c.Keyset.Reveal()))
	if err != nil {
		d.fails(check, err.Error(), "make one with `settle keys new`, or give the one that wrote this Redis")
		return nil
	}
	age := "its age isn't known: it stands in no file of its own"
	for _, r := range refs {
		if r.Value != c.Keyset || r.Modified.IsZero() {
			continue
		}
		old := d.now().Sub(r.Modified)
		age = fmt.Sprintf("its file is %s old", count(int(old.Hours()/24), "day"))
		if old > year {
			d.warns(check, age, "rotate it: settle keys rotate add")
		}
	}
	seal, lookup := k.Sizes()
	d.ok(check, fmt.Sprintf("opens: %s to seal, %s to look up with; %s", count(seal, "key"), count(lookup, "key"), age))
	if lookup > 1 {
		d.warns(check, "a rotation isn't finished", "settle keys rotate promote, then rekey, then drop")
	}
	return k
}

// redis asks the configured Redis, or that of a running serve. Where neither is there, serve would start one.
func (d *doctor) redis(ctx context.Context, c *config.Config, keyset *store.Keyset) {
	const check = "redis"
	url, own := c.Redis.URL.Reveal(), false
	if url == "" {
		dir := filepath.Join(c.DataDir, "redis")
		if url, own = redisd.Running(dir); !own {
			program, err := redisd.Program()
			if err != nil {
				d.fails(check, err.Error(), "install one, or give redis.url")
				return
			}
			d.ok(check, fmt.Sprintf("none is configured and none runs: serve starts %s in %s, durable", program, dir))
			return
		}
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	o := redisOf(c)
	o.URL, o.Keyset = url, keyset
	i, err := store.Inspect(ctx, o)
	if len(i.Forbidden) > 0 {
		d.fails("permissions", "the user of redis lacks "+strings.Join(i.Forbidden, " "), "ACL SETUSER with the line in docs/redis.md")
		return
	}
	if err != nil {
		d.fails(check, err.Error(), "let it run and be reached from here, and see redis.url")
		return
	}
	d.judged(check, i.Outdated, "answers, version "+i.Version)
	d.judged("eviction", i.Evicts, "none: nobody is dropped when Redis is full")
	switch {
	case i.Durability == nil && i.MayLose != "":
		d.warns("durability", i.MayLose, "see redis.durability")
	default:
		d.judged("durability", i.Durability, "what is acknowledged is on disk")
	}
	d.memory(i, own)
	d.clock(i.Ahead)
	switch {
	case keyset == nil:
	case i.Empty:
		d.ok("keyset", "this Redis is empty: the first serve writes it with this keyset")
	default:
		d.judged("keyset", i.Keyset, "has written this Redis")
	}
}

// judged prints one of the store's own checks, which say what to do.
func (d *doctor) judged(check string, err error, well string) {
	if err != nil {
		d.fails(check, err.Error(), "serve doesn't start before that")
		return
	}
	d.ok(check, well)
}

func (d *doctor) memory(i store.Inspection, own bool) {
	const check, mega = "memory", 1 << 20
	used := fmt.Sprintf("%d MB used", i.Used/mega)
	switch {
	case i.Most == 0 && own:
		d.ok(check, used)
	case i.Most == 0:
		d.warns(check, used+", and no limit: a full machine kills Redis", "set maxmemory to less than the machine has: writes are then refused, and nothing is lost")
	case i.Used > i.Most/10*8:
		d.warns(check, fmt.Sprintf("%s of %d", used, i.Most/mega), "raise maxmemory: above it nothing can be acknowledged")
	default:
		d.ok(check, fmt.Sprintf("%s of %d", used, i.Most/mega))
	}
}

// apart is how far this machine's clock may be from Redis's.
const apart = 2 * time.Second

func (d *doctor) clock(ahead time.Duration) {
	const check = "clock"
	if ahead.Abs() <= apart {
		d.ok(check, fmt.Sprintf("within %s of Redis's", apart))
		return
	}
	which := "before"
	if ahead < 0 {
		which = "behind"
	}
	d.warns(check, fmt.Sprintf("this machine's is %s %s Redis's", ahead.Abs().Round(time.Second), which), "let both machines keep time (NTP): all deadlines are in Redis's")
}
