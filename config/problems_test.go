package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Every testdata/NAME.yaml is a broken file, and testdata/NAME.txt all that is said about it.
func TestProblems(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata/*.yaml: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parsed(t, string(data), map[string]string{"WRONG": "not-a-digest"})
			if err == nil {
				t.Fatal("no error, want some")
			}
			got, golden := err.Error()+"\n", strings.TrimSuffix(file, ".yaml")+".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// Files that nobody writes by accident are refused quickly.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"large":   {"a: \"" + strings.Repeat("x", maxFile) + "\"", "larger than 256 KiB"},
		"deep":    {strings.Repeat("[", 10_000), "nested deeper than 64"},
		"nul":     {"a: \"\x00\"", "isn't plain UTF-8"},
		"latin-1": {"a: \xe9", "isn't plain UTF-8"},
		"bom":     {"\xef\xbb\xbfa: 1", "isn't plain UTF-8"},
		"anchor":  {least + "data_dir: &a x", "anchors (&name) are refused"},
		"bomb":    {"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "aliases (*name) are refused"},
		"merge":   {"a: {b: 1}\nc: {<<: {d: 1}}", "merge keys (<<) are refused"},
		"two":     {least + "---\n" + least, "a second document"},
		"tag":     {"keyset: !!binary aGk=", "tags (!name) are refused"},
		"list":    {"- a", "want a map"},
		"empty":   {"", "is empty"},
	} {
		if _, err := parsed(t, tc.text, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.want)
		}
	}
}

func TestIdentityCanOnlyBeStricter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ line, want string }{
		{"facts: {ask: 1}", "below the floor of 2"},
		{"facts: {ask: 3}", "this release has 2"},
		{"facts: {wrong: {in_24h: 4}}", "more than the 3 allowed"},
		{"facts: {wrong: {in_24h: 2}}", "this release has 3"},
		{"facts: {wrong: {in_30d: 11}}", "more than the 10 allowed"},
		{"codes: {page_digits: 6}", "below the floor of 8"},
		{"codes: {thread_digits: 5}", "below the floor of 6"},
		{"codes: {thread_digits: 8}", "this release has 6"},
		{"codes: {ttl: 11m}", "600s is the longest"},
		{"codes: {ttl: 1m}", "this release's last 5m"},
		{"codes: {tries: 6}", "more than the 5 allowed"},
		{"codes: {per_address: \"6 per day\"}", "more than the 5 allowed"},
		{"codes: {countries: [Za]}", "is not a country"},
		{"floors: {money: person}", "money needs approval at least"},
		{"floors: {commitment: device}", "commitment needs person at least"},
		{"floors: {pay-in: passkey}", "no check that gives more than person"},
		{"facts: {ask: 2, wrong: {in_24h: 3, in_30d: 10}}", ""},
		{"codes: {page_digits: 8, thread_digits: 6, ttl: 5m, tries: 5, countries: [ZA], per_address: \"5 per day\"}", ""},
		{"floors: {service: person}", ""},
	} {
		_, err := parsed(t, least+"identity: {"+tc.line+"}\n", nil)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v, want no error", tc.line, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: %v, want an error with %q", tc.line, err, tc.want)
		}
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://chat.acme.example": true, "https://chat.acme.example/": true, "https://acme.example/settle": true,
		"http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:1": true,
		"http://chat.acme.example": false, "http://10.0.0.1": false, "https://user@acme.example": false, "https://acme.example?x": false,
		"https://acme.example/#x": false, "chat.acme.example": false, "https://": false, "ftp://acme.example": false, "http://127.0.0.1.evil.example": false,
	} {
		c, err := parsed(t, "keyset: k\npublic_url: \""+address+"\"\n", nil)
		if (err == nil) != ok {
			t.Errorf("public_url %s: error %v, want ok %t", address, err, ok)
		}
		if err == nil && strings.HasSuffix(c.PublicURL, "/") {
			t.Errorf("public_url %s is kept as %s, want no slash at its end", address, c.PublicURL)
		}
	}
}

// Whatever is in a file, reading it ends in a configuration or in problems that have a place.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("systems: {a: {kind: b, operations: {c: {risk: info, d: [1, {2: 3}, null, 1.5]}}}}"))
	f.Add([]byte("channels: {a: {kind: {}, rate: 1/s}}\nidentity: {floors: {money: x, y: z}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := resolver{dir: ".", env: func(string) (string, bool) { return "x", true }, file: func(string) ([]byte, error) { return nil, os.ErrNotExist }}
		c, err := load("settle.yaml", data, r)
		if err == nil {
			c.Declarations()
			for _, ch := range c.Channels {
				_ = ch.Decode(new(fake)) // what it says is the plug-in's own matter
			}
			return
		}
		var ps Problems
		if !errors.As(err, &ps) || len(ps) == 0 || len(ps) > mostProblems {
			t.Errorf("load(%q) = %v, want between 1 and %d problems", data, err, mostProblems)
		}
	})
}
