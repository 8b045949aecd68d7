package storebench

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNoBenchmark says why redis-benchmark was not run. It is no fault of what is measured.
var ErrNoBenchmark = errors.New("redis-benchmark was not run")

// Fsync is how Redis writes to disk: always, everysec, no, off, or unknown where it doesn't say.
func (r *Redis) Fsync(ctx context.Context) (string, error) {
	c, err := r.client.ConfigGet(ctx, "append*").Result()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	switch {
	case err != nil: // managed ones refuse it
		return "unknown", nil
	case c["appendonly"] != "yes":
		return "off", nil
	}
	return c["appendfsync"], nil
}

// benchKeys is over how many conversations redis-benchmark spreads a commit.
const benchKeys = 10_000

// fewest is how many commits give a rate at all.
const fewest = 500

// Benchmark lets redis-benchmark run one recorded commit over and over, spread over many conversations, for about d, and
// returns how many a second it came to. ErrNoBenchmark.
func (r *Redis) Benchmark(ctx context.Context, address string, commit Call, connections int, d time.Duration) (float64, error) {
	program, err := exec.LookPath("redis-benchmark")
	if err != nil {
		return 0, fmt.Errorf("%w: there is none on PATH", ErrNoBenchmark)
	}
	where, err := arguments(address)
	if err != nil {
		return 0, err
	}
	words, err := r.repeatable(ctx, commit)
	if err != nil {
		return 0, err
	}
	run := func(n int) (float64, error) {
		args := slices.Concat(where, []string{"-c", strconv.Itoa(connections), "-P", "1", "-r", strconv.Itoa(benchKeys), "-n", strconv.Itoa(n), "--csv"}, words)
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = []string{"LC_ALL=C"}
		out, err := cmd.Output()
		if err != nil {
			return 0, fmt.Errorf("run redis-benchmark: %w", err)
		}
		return perSecond(out)
	}
	rate, err := run(fewest) // how many fit into d
	if err != nil {
		return 0, err
	}
	return run(max(fewest, int(rate*d.Seconds())))
}

// arguments lead redis-benchmark to a Redis. A password is never put where every user of the machine can read it.
func arguments(address string) ([]string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: the address can't be read", ErrNoBenchmark)
	}
	switch {
	case u.User != nil || u.RawQuery != "":
		return nil, fmt.Errorf("%w: the Redis wants a password or more than an address", ErrNoBenchmark)
	case u.Scheme == "unix":
		return []string{"-s", u.Path}, nil
	case u.Scheme != "redis" || strings.Trim(u.Path, "/0") != "":
		return nil, fmt.Errorf("%w: only to redis://HOST:PORT", ErrNoBenchmark)
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	return []string{"-h", u.Hostname(), "-p", port}, nil
}

// repeatable is a commit that does all its work as often as it is sent: it expects the version that it writes. Each run
// draws its conversation; the conversations are made here. Sealed bytes become letters, as many.
func (r *Redis) repeatable(ctx context.Context, commit Call) ([]string, error) {
	const drawn = "__rand_int__" // redis-benchmark's
	if len(commit.keys) != 6 || len(commit.args) < 4 {
		return nil, errors.New("repeat a commit: it isn't one as commit.lua takes it")
	}
	id, version := textOf(commit.args[0]), textOf(commit.args[2])
	words := []string{"EVALSHA", commit.sha, strconv.Itoa(len(commit.keys))}
	for _, k := range commit.keys {
		words = append(words, strings.Replace(k, id, drawn, 1))
	}
	for i, a := range commit.args {
		word := textOf(a)
		switch {
		case i == 0:
			word = drawn
		case i == 1:
			word = version
		case strings.ContainsFunc(word, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }):
			word = strings.Repeat("x", len(word))
		}
		words = append(words, word)
	}
	p := r.client.Pipeline()
	for n := range benchKeys {
		p.Set(ctx, strings.Replace(commit.keys[0], id, fmt.Sprintf("%012d", n), 1), version+" 0 - - -\n\n\n"+strings.Repeat("x", 900), 0)
	}
	if _, err := p.Exec(ctx); err != nil {
		return nil, fmt.Errorf("write conversations for redis-benchmark: %w", err)
	}
	return words, nil
}

// perSecond reads what redis-benchmark prints with --csv: a line of names, a line of figures.
func perSecond(out []byte) (float64, error) {
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[len(rows)-1]) < 2 {
		return 0, errors.New("read what redis-benchmark says: it is no CSV with a rate in it")
	}
	rate, err := strconv.ParseFloat(rows[len(rows)-1][1], 64)
	if err != nil || rate <= 0 {
		return 0, errors.New("read what redis-benchmark says: its second column is no rate")
	}
	return rate, nil
}
