package store

import (
	"strings"
	"testing"
	"time"
)

// Whatever stands in a claim's field, reading it gives a claim of that effect; what we write is read as it was.
func FuzzClaim(f *testing.F) {
	for _, value := range []string{"1 NONCE 1764000000000", "", "1 2", "x NONCE y", "1 NONCE 99999999999999999999", "-1 N -1", "1  N  1"} {
		f.Add(value, 1, "NONCE", int64(1764000000000))
	}
	f.Fuzz(func(t *testing.T, value string, attempt int, nonce string, until int64) {
		if c := parseClaim("E", value); c.Effect != "E" || strings.ContainsAny(c.Nonce, " \n") {
			t.Errorf("parseClaim(%q) = %+v", value, c)
		}
		if !isWord(nonce) || len(strings.Fields(nonce)) != 1 {
			return
		}
		at := time.UnixMilli(until % 1e15).UTC()
		want := Claim{"E", attempt, nonce, at}
		written := reply{int64(attempt)}.text(0) + " " + nonce + " " + millis(at)
		if got := parseClaim("E", written); got != want {
			t.Errorf("parseClaim(%q) = %+v, want %+v", written, got, want)
		}
	})
}

// An ID that isn't one of ours is a conversation, or a case, that isn't found; one of ours leads to its partition.
func FuzzIDs(f *testing.F) {
	for _, id := range []string{"", "p07-AAAAAAAAAAAAAAAAAAAAAAAAAA", "pff-AAAAAAAAAAAAAAAAAAAAAAAAAA", "pFF-AAAAAAAAAAAAAAAAAAAAAAAAAA", "p+7-AAAAAAAAAAAAAAAAAAAAAAAAAA", "p07-}{AAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAA", "ÄAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if p, err := partitionOf(id); err == nil && (!strings.HasPrefix(id, p.name()+"-") || strings.ContainsAny(id, "{}: \n")) {
			t.Errorf("partitionOf(%q) = %s", id, p.name())
		}
		if p, err := casePartition(id); err == nil && (strings.ContainsAny(id, "{}: \n") || int(p) >= Partitions) {
			t.Errorf("casePartition(%q) = %s", id, p.name())
		}
	})
}

// Whatever an answer of a script holds, reading it ends.
func FuzzReply(f *testing.F) {
	f.Add("ok", int64(1), 3)
	f.Add("", int64(-1), 0)
	f.Fuzz(func(t *testing.T, text string, n int64, at int) {
		if at < 0 {
			return
		}
		for _, v := range []any{text, n, nil, []any{}, []any{text, n, nil, []any{text, n}}} {
			r := replyOf(v)
			_, _ = r.text(at), r.time(at)
		}
		if got := (reply{text}).text(0); got != text {
			t.Errorf("text of %q = %q", text, got)
		}
	})
}

// Whatever stands where a conversation should, it is taken apart whole or not at all.
func FuzzHead(f *testing.F) {
	for _, stored := range []string{
		"1 0 n 5 l\nE1 1 7\nE2 1 - n 9\n\nsealed", "0 0 - - -\n\n\nsealed", "0 0 - - -\n\n\n\n\n", "1 0 n 5\n\n\n", "\n\n", "", "1 0 n 5 l\n\nx",
	} {
		f.Add(stored)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		version, nonce, claims, document := parseHead(stored)
		first, _, _ := strings.Cut(stored, "\n")
		switch whole := strings.Count(first, " ") == 4; {
		case !whole && (version != "" || nonce != "" || claims != nil || document != ""):
			t.Errorf("no head, and yet version %q, nonce %q, %d claims, %d bytes of a document", version, nonce, len(claims), len(document))
		case whole && !strings.HasPrefix(stored, version), !strings.HasSuffix(stored, document):
			t.Errorf("version %q and the document of %d bytes aren't where they stand", version, len(document))
		}
		for effect, c := range claims {
			if c.Effect != effect {
				t.Errorf("the claim of %q names %q", effect, c.Effect)
			}
		}
	})
}
