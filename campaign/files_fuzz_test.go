package campaign

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/settle-chat/settle/fsm"
)

// Whatever a campaign's file holds, reading it ends in a campaign that has what it needs, or in problems with a place.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../content/campaigns/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no campaigns to begin with: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("campaign: a\npace: {from: 2026-11-02, until: 2026-11-01}\nstop-when: x"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("campaigns/x.yaml", data)
		if err == nil {
			if !campaignName.MatchString(c.Name) || c.Audience.CSV == "" || len(c.Audience.Addresses) == 0 || c.Audience.Consent.Source == "" {
				t.Errorf("Parse(%q) = %+v: something is missing", data, c)
			}
			return
		}
		var ps fsm.Problems
		if !errors.As(err, &ps) || len(ps) == 0 {
			t.Fatalf("Parse(%q) = %v, want problems", data, err)
		}
		for _, p := range ps {
			if p.At.File == "" || p.Message == "" {
				t.Errorf("Parse(%q) has a problem without a place or words: %+v", data, p)
			}
		}
	})
}

// Whatever an audience holds, reading it ends; each row has its line and is refused or has as many cells as the header; and
// a file that the standard library reads is read the same.
func FuzzAudience(f *testing.F) {
	for _, text := range []string{
		"", "ref,name\nA-1,Thandi\n", "ref;name\n", "\xef\xbb\xbfref,name\r\nA-1,\"Th\"\"an\ndi\"\r\n", "ref\nA-1,x\n", "ref,ref\n", "ref,name\n\"A-1,x\n", "ref,name\nA\"-1,x\nA-2,y\n",
		"\xff\xfer\x00", "ref,name\n\xff,x\n", "\n\n\n", "ref,name\n\n\nA-1,x",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &Plan{File: &File{}, given: column{name: "ref"}}
		p.Audience.Ref, p.Audience.Contact, p.Audience.Language, p.Audience.Zone = "ref", "ref", "ref", "ref"
		a := &audience{path: "x.csv"}
		if err := a.begin(bytes.NewReader(data), p); err != nil {
			return
		}
		var rows [][]string
		clean := true
		for last := 1; ; {
			r, err := a.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // said, and nothing is read on
			}
			if r.line <= last && last > 1 || r.line < 1 {
				t.Fatalf("%q: a row of line %d after one of line %d", data, r.line, last)
			}
			last = r.line
			if r.wrong != nil {
				clean = false
				continue
			}
			if len(r.cells) != len(a.header) {
				t.Fatalf("%q: line %d has %d cells, the header %d, and isn't refused", data, r.line, len(r.cells), len(a.header))
			}
			rows = append(rows, r.cells)
		}
		plain := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
		want, err := plain.ReadAll()
		if clean && (err != nil || len(want) == 0 || !slices.EqualFunc(rows, want[1:], slices.Equal)) {
			t.Errorf("%q is read as %q, by the standard library as %q (%v)", data, rows, want, err)
		}
	})
}
