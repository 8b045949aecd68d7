package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/integrations"
)

func (c *operation) results(r results) error {
	c.ok, c.retry, c.denied = r.OK, r.Retry, map[int]reason{}
	if c.ok == nil {
		c.ok = []int{http.StatusOK}
		if c.kind == "writeback" {
			c.ok = []int{http.StatusOK, http.StatusCreated, http.StatusNoContent}
		}
	}
	if c.retry == nil {
		c.retry = []int{http.StatusTooManyRequests}
	}
	seen := map[int]string{}
	claim := func(status int, as string) error {
		if status < 200 || status > 599 {
			return fmt.Errorf("%s: %d is no status of an answer", as, status)
		}
		if was, ok := seen[status]; ok {
			return fmt.Errorf("%d is both %s and %s", status, was, as)
		}
		seen[status] = as
		return nil
	}
	for _, status := range c.ok {
		if err := claim(status, "ok"); err != nil {
			return err
		}
	}
	for _, status := range slices.Sorted(maps.Keys(r.Declined)) {
		if err := claim(status, "declined"); err != nil {
			return err
		}
		where := r.Declined[status]
		if !strings.HasPrefix(where, "$") {
			if !name.MatchString(where) {
				return fmt.Errorf("declined: %d: write where the reason stands, $.code, or a name", status)
			}
			c.denied[status] = reason{fixed: where}
			continue
		}
		p, err := parsePath(where)
		if err != nil {
			return fmt.Errorf("declined: %d: %w", status, err)
		}
		c.denied[status] = reason{path: p}
	}
	if r.Retry == nil && seen[http.StatusTooManyRequests] != "" {
		c.retry = nil // the configuration says what else a 429 is
	}
	for _, status := range c.retry {
		if err := claim(status, "retry"); err != nil {
			return err
		}
	}
	return nil
}

// name is what a reason may look like. It ends in logs and is matched by workflows, so a sentence, which may hold a
// customer's data, is not taken for one; nor is a number long enough to be somebody's.
var name = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9._-]{0,63}|[0-9]{1,6})$`)

// declined gives the system's reason in its own words, where they are a name.
func (r reason) declined(body []byte) integrations.Declined {
	if r.path == nil {
		return integrations.Declined{Reason: r.fixed}
	}
	text := ""
	if doc, err := parse(body); err == nil {
		value, _ := r.path.in(doc)
		switch v := value.(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		}
	}
	if !name.MatchString(text) || len(digits.FindString(text)) > 6 {
		text = "unspecified"
	}
	return integrations.Declined{Reason: text}
}

var digits = regexp.MustCompile(`[0-9]{7,}`)

const longestWait = 24 * time.Hour

// retryAfter reads RFC 9110, section 10.2.3: seconds, or a date. Zero where the system doesn't say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	var after time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		after = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, 0), longestWait)
}
