package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var durationForm = regexp.MustCompile(`^(?:([0-9]{1,5})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,5})s)?(?:([0-9]{1,5})ms)?$`)

// parseDuration reads 250ms, 5s, 30m, 4h, 21d and 2h30m.
func parseDuration(s string) (time.Duration, error) {
	m := durationForm.FindStringSubmatch(s)
	if s == "" || m == nil {
		return 0, errors.New("not a duration")
	}
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second, time.Millisecond} {
		v, _ := strconv.Atoi(m[i+1]) // digits only, five at most; nothing is zero
		d += time.Duration(v) * unit
	}
	return d, nil
}

// Percent is a share, written 99.9%, kept in thousandths of a percent so that it is exact.
type Percent int64

var percentForm = regexp.MustCompile(`^([0-9]{1,3})(?:\.([0-9]{1,3}))?%$`)

// UnmarshalText reads 99.9%.
func (p *Percent) UnmarshalText(b []byte) error {
	m := percentForm.FindStringSubmatch(string(b))
	if m == nil {
		return fmt.Errorf("%s is not a share: write 99.9%%", quote(string(b)))
	}
	whole, _ := strconv.ParseInt(m[1], 10, 64)
	part, _ := strconv.ParseInt((m[2] + "000")[:3], 10, 64)
	if *p = Percent(whole*1000 + part); *p > 100_000 {
		return fmt.Errorf("%s is more than 100%%", quote(string(b)))
	}
	return nil
}

// Ratio is the share between 0 and 1, for metrics and traces only.
func (p Percent) Ratio() float64 { return float64(p) / 100_000 }

// String writes it as it is read.
func (p Percent) String() string {
	return strconv.FormatFloat(float64(p)/1000, 'f', -1, 64) + "%"
}

// Rate is how many in a time, written 50/s or 100/m.
type Rate struct {
	Most int
	Per  time.Duration
}

var rateForm = regexp.MustCompile(`^([0-9]{1,6})/(s|m|h)$`)

// UnmarshalText reads 50/s.
func (r *Rate) UnmarshalText(b []byte) error {
	m := rateForm.FindStringSubmatch(string(b))
	if m == nil {
		return fmt.Errorf("%s is not a rate: write 50/s or 100/m", quote(string(b)))
	}
	r.Most, _ = strconv.Atoi(m[1])
	r.Per = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[m[2]]
	if r.Most == 0 {
		return errors.New("a rate of nothing: leave the rate out, or the channel")
	}
	return nil
}

// Second is how many that is in a second.
func (r Rate) Second() float64 {
	if r.Per == 0 {
		return 0
	}
	return float64(r.Most) / r.Per.Seconds()
}

// Daily is how many in a day, written "5 per day".
type Daily int

var dailyForm = regexp.MustCompile(`^([0-9]{1,4}) per day$`)

// UnmarshalText reads 5 per day.
func (d *Daily) UnmarshalText(b []byte) error {
	m := dailyForm.FindStringSubmatch(string(b))
	if m == nil {
		return fmt.Errorf(`%s is not a limit: write "5 per day"`, quote(string(b)))
	}
	n, err := strconv.Atoi(m[1])
	*d = Daily(n)
	return err
}

// Digest is a SHA-256, written in 64 hexadecimal digits.
type Digest [sha256.Size]byte

// UnmarshalText reads 64 hexadecimal digits.
func (d *Digest) UnmarshalText(b []byte) error {
	raw, err := hex.DecodeString(strings.ToLower(string(b)))
	if err != nil || len(raw) != len(d) {
		return errors.New("not a SHA-256: 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them, never the key itself")
	}
	copy(d[:], raw)
	return nil
}
