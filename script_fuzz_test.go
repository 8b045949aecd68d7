package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Cutting a transcript into scenes loses no line and adds none, and each scene but the first begins with its title.
func FuzzInScenes(f *testing.F) {
	for _, text := range []string{"", "== a\n< hi\n", "# what\n\n== a\n== b\n", "\n\n", "==a", "== \r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		scenes := inScenes(text)
		if got, want := strings.Join(slices.Concat(scenes...), "\n"), strings.TrimRight(text, "\n"); got != want {
			t.Errorf("inScenes(%q) = %q", text, scenes)
		}
		for i, scene := range scenes {
			if len(scene) == 0 || i > 0 && !strings.HasPrefix(scene[0], titled) {
				t.Errorf("inScenes(%q): scene %d is %q", text, i, scene)
			}
		}
	})
}

// A duration that is read reads the same in Go's own words, and days are days.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"30m", "25h", "3d", "3d4h", "3650d", "-1d", "3d-4h", "d", "1d1d", "", "+1h", "9999999h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := duration(text)
		if err != nil {
			return
		}
		again, err := duration(got.String())
		if err != nil || again != got {
			t.Errorf("duration(%q) = %s, and of that %s, %v", text, got, again, err)
		}
		if days, rest, ok := strings.Cut(text, "d"); ok && rest == "" && got%(24*time.Hour) != 0 {
			t.Errorf("duration(%q) = %s, want %s days", text, got, days)
		}
	})
}
