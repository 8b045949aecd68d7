package config

import (
	"slices"
	"strings"
	"testing"
)

func TestDiffer(t *testing.T) {
	t.Parallel()
	file := least + `redis: {url: "${env:WHERE}"}
log: {level: info}
channels:
  sms: {kind: twilio, from: "+15017122661", rate: 50/s}
api_keys: [{name: core, sha256: ` + strings.Repeat("ab", 32) + `, scopes: [cases]}]
`
	read := func(text, where string) *Config {
		c, err := parsed(t, text, map[string]string{"WHERE": where})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const redis = "redis://here"
	for name, tc := range map[string]struct {
		text, where string
		want        []string
	}{
		"the same":                  {file, redis, nil},
		"in other lines":            {"# more\n\n" + file, redis, nil},
		"another level":             {strings.Replace(file, "level: info", "level: debug", 1), redis, []string{"log.level"}},
		"behind a reference":        {file, "redis://there", []string{"redis.url"}},
		"within a section":          {strings.Replace(file, "50/s", "60/s", 1), redis, []string{"channels.sms"}},
		"what wasn't there":         {file + "listen: :80\n", redis, []string{"listen"}},
		"what isn't there any more": {strings.Replace(file, "log: {level: info}\n", "", 1), redis, []string{"log.level"}},
		"one of a list":             {strings.Replace(file, "[cases]", "[cases, events]", 1), redis, []string{"api_keys[0].scopes[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := read(file, redis), read(tc.text, tc.where)
			if got := a.Differ(b); !slices.Equal(got, tc.want) {
				t.Errorf("Differ = %v, want %v", got, tc.want)
			}
			if got := b.Differ(a); !slices.Equal(got, tc.want) {
				t.Errorf("Differ, the other way round = %v, want %v", got, tc.want)
			}
		})
	}
}
