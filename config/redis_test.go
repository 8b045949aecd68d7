package config

import (
	"strings"
	"testing"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	password := "p@ss/w:rd%41?#&"
	for name, tc := range map[string]struct{ redis, want string }{
		"all":                      {`{url: "rediss://h:1?addr=h:2&master_name=m", username: u, password: "${env:PW}", ca: x, sentinel: {username: s, password: "${env:PW}"}, durability: replicated, replicas: 2}`, ""},
		"a CA, not encrypted":      {`{url: "redis://h:1", ca: x}`, "rediss://"},
		"Sentinels' user, without": {`{url: "redis://h:1", sentinel: {username: s}}`, "master_name"},
		"a password, no URL":       {`{password: "${env:PW}"}`, "password without redis.url"},
		"nobody confirms":          {`{url: "redis://h:1", durability: replicated, replicas: 0}`, "one at least must confirm"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := parsed(t, least+"redis: "+tc.redis+"\n", map[string]string{"PW": password})
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), password) {
					t.Errorf("load = %v, want an error with %q and without the password", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r := c.Redis; r.Password.Reveal() != password || r.Sentinel.Password.Reveal() != password || r.Username != "u" || r.Replicas != 2 {
				t.Errorf("redis = %+v with password %q, want what the file says, nothing in it escaped", r, r.Password.Reveal())
			}
		})
	}
}
