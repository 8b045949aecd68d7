package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

func TestMovedOrChangedCiphertextsDoNotOpen(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		document := func(id string) string {
			_, document := b.stored(t, id)
			return document
		}
		put := func(id, value string) {
			head, _ := b.stored(t, id)
			b.put(t, id, head, value)
		}
		corrupt := func(what, id string) {
			t.Helper()
			if _, err := b.a.Load(t.Context(), id); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("Load of %s = %v, want ErrCorrupt", what, err)
			}
		}
		one, two := b.begin(t, phone), b.begin(t, "sms:+27829999999")
		id := one.Conversation.ID
		old := document(id)
		committed(t, b.a, next(one, "e", nil), "n")
		good := document(id)
		put(id, old)
		corrupt("a document rolled back", id)
		put(id, document(two.Conversation.ID))
		corrupt("another's document", id)
		for _, at := range []int{0, 6, len(good) / 2, len(good) - 1} {
			flipped := []byte(good)
			flipped[at] ^= 1
			put(id, string(flipped))
			corrupt(fmt.Sprintf("a document with bit %d flipped", at*8), id)
		}
		put(id, "")
		corrupt("an empty document", id)
		put(id, good)
		head, _ := b.stored(t, id)
		b.put(t, id, "0"+strings.TrimPrefix(head, "1"), good)
		corrupt("a document beside an older version", id)
		for what, value := range map[string]string{
			"no head": good, "half a head": "1 0 n\n\n\n" + good, "a head without an end": strings.TrimSpace(head), "nothing at all": "x",
		} {
			if err := b.raw.Set(t.Context(), b.key(id, "conversation"), value, 0).Err(); err != nil {
				t.Fatal(err)
			}
			corrupt(what, id)
		}
	})
}

func TestTranscriptAndLettersCannotBeRearranged(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id := l.Conversation.ID
		c := next(l, "e", nil)
		c.Transcript = []fsm.Line{{Text: "one"}, {Text: "two"}}
		c.Letters = []fsm.Letter{{Event: fsm.Event{ID: "a"}}, {Event: fsm.Event{ID: "b"}}}
		committed(t, b.a, c, "n")
		key := b.key(id, "transcript")
		lines := b.raw.LRange(t.Context(), key, 0, -1).Val()
		first, _, _ := strings.Cut(lines[0], " ")
		for name, list := range map[string][]any{
			"swapped": {lines[1], lines[0]},
			"doubled": {lines[0], lines[0]},
			"renamed": {lines[0], first[:len(first)-1] + "7" + lines[0][len(first):]},
			"cut":     {lines[0][:len(lines[0])-1]},
			"unnamed": {"hello"},
		} {
			b.raw.Del(t.Context(), key)
			if err := b.raw.RPush(t.Context(), key, list...).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := b.a.Transcript(t.Context(), id, 0); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("Transcript %s = %v, want ErrCorrupt", name, err)
			}
		}
		letters := b.raw.HGetAll(t.Context(), b.key(id, "letters")).Val()
		var fields []string
		for f := range letters {
			fields = append(fields, f)
		}
		b.raw.HSet(t.Context(), b.key(id, "letters"), fields[0], letters[fields[1]])
		if _, err := b.a.Letters(t.Context()); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("Letters swapped = %v, want ErrCorrupt", err)
		}
	})
}

func TestJournalEntryCannotBeMoved(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id := l.Conversation.ID
		committed(t, b.a, next(l, "e", nil), "n")
		entry := b.raw.XRange(t.Context(), b.key(id, "journal"), "-", "+").Val()[0]
		for _, field := range []string{"version", "position", "conversation", "digest", "entry"} {
			values := map[string]any{}
			for k, v := range entry.Values {
				values[k] = v
			}
			values[field] = "7"
			b.raw.Del(t.Context(), b.key(id, "journal"))
			if err := b.raw.Do(t.Context(), "XADD", b.key(id, "journal"), "*", "conversation", values["conversation"], "version", values["version"],
				"position", values["position"], "previous", "", "digest", values["digest"], "entry", values["entry"]).Err(); err != nil {
				t.Fatal(err)
			}
			var n int
			_, _ = fmt.Sscanf(id, "p%02x", &n)
			if _, err := b.a.Journal(t.Context(), n, "", 10); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("Journal with another %s = %v, want ErrCorrupt", field, err)
			}
		}
	})
}

func TestKeysetNeverPrints(t *testing.T) {
	t.Parallel()
	k := storetest.Keyset(t)
	secret, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(map[string]any{"p": k, "v": *k})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", *k), fmt.Sprintf("%#v", k), fmt.Sprintf("%#v", *k), k.String(), string(encoded)} {
		if !strings.Contains(got, "[keyset]") || len(got) > 60 {
			t.Errorf("prints as %q, want [keyset]", got)
		}
	}
	if _, err := store.ParseKeyset(secret[:len(secret)/2]); !errors.Is(err, store.ErrKeyset) {
		t.Errorf("ParseKeyset of a half = %v, want ErrKeyset", err)
	}
	for _, part := range []string{"seal", "lookup", "names", "proofs"} {
		var file map[string]any
		if err := json.Unmarshal(secret, &file); err != nil {
			t.Fatal(err)
		}
		delete(file, part)
		cut, _ := json.Marshal(file)
		if _, err := store.ParseKeyset(cut); !errors.Is(err, store.ErrKeyset) || !strings.Contains(err.Error(), part) {
			t.Errorf("ParseKeyset without %s = %v, want ErrKeyset that names it", part, err)
		}
	}
}

// Three rotations, in Tink's order, with two processes that are never at the same step.
func TestRotation(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		open := func(k *store.Keyset) *store.Store {
			t.Helper()
			data, err := k.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if k, err = store.ParseKeyset(data); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(t.Context(), store.Options{Client: b.raw, Keyset: k, InProcess: !b.real})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		step := func(k *store.Keyset, err error) *store.Keyset {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		id := b.begin(t, phone).Conversation.ID
		suppressed := message.Address("sms:+27825555555")
		b.begin(t, suppressed)
		if err := b.a.Suppress(t.Context(), []message.Address{suppressed}, true); err != nil {
			t.Fatal(err)
		}
		caseID, mac, code := b.a.CaseID("s", "e"), b.a.MAC("fact", "x"), b.a.Code("ref", 6)
		// Suppressed before it had a conversation; that begins while keys are being rotated.
		early := message.Address("sms:+27826666666")
		if err := b.a.Suppress(t.Context(), []message.Address{early}, true); err != nil {
			t.Fatal(err)
		}
		note(t, b.a, fsm.Lockout{InARow: 7}, suppressed, early)
		keys := b.keys
		for round := range 3 {
			added := step(keys.Add())
			promoted := step(added.Promote())
			before, after := open(added), open(promoted)
			fresh := message.Address(fmt.Sprintf("sms:+2782000000%d", round))
			first, err := after.Create(t.Context(), fresh)
			if err != nil {
				t.Fatal(err)
			}
			if second, err := before.Create(t.Context(), fresh); err != nil || second.Conversation.ID != first.Conversation.ID {
				t.Fatalf("round %d: two processes begin %s and %s (%v), want one", round, first.Conversation.ID, second.Conversation.ID, err)
			}
			if l, err := before.Create(t.Context(), early); err != nil || !l.Suppressed {
				t.Errorf("round %d: Create says suppressed %v, %v; want true", round, l.Suppressed, err)
			}
			for old, err := range after.Conversations(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if err := after.Rekey(t.Context(), old); err != nil {
					t.Fatalf("round %d: Rekey: %v", round, err)
				}
			}
			keys = step(promoted.Drop())
			last := open(keys)
			for old, err := range last.Conversations(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				load(t, last, old)
			}
			if got, err := last.LoadAddress(t.Context(), phone); err != nil || got.Conversation.ID != id {
				t.Errorf("round %d: LoadAddress = %s, %v; want %s", round, got.Conversation.ID, err, id)
			}
			if got, err := last.LoadAddress(t.Context(), fresh); err != nil || got.Conversation.ID != first.Conversation.ID {
				t.Errorf("round %d: LoadAddress of the fresh one = %s, %v; want %s", round, got.Conversation.ID, err, first.Conversation.ID)
			}
			for _, a := range []message.Address{suppressed, early} {
				if got, err := last.Suppressed(t.Context(), a); err != nil || !got {
					t.Errorf("round %d: Suppressed = %v, %v; want true", round, got, err)
				}
				if got := b.lockout(t, last, a); got.InARow != 7 {
					t.Errorf("round %d: Lockout = %+v, want 7 in a row", round, got)
				}
			}
			if last.CaseID("s", "e") != caseID || string(last.MAC("fact", "x")) != string(mac) || last.Code("ref", 6) != code {
				t.Errorf("round %d: case IDs, facts or codes have changed", round)
			}
		}
		if _, err := b.a.Load(t.Context(), id); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("Load with the first keys = %v, want ErrCorrupt: nothing is left on them", err)
		}
	})
}

func TestAnotherKeysetIsRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		_, err := store.Open(t.Context(), store.Options{Client: b.raw, Keyset: storetest.Keyset(t), InProcess: !b.real})
		if !errors.Is(err, store.ErrKeyset) {
			t.Errorf("Open = %v, want ErrKeyset", err)
		}
		if _, err := store.Open(t.Context(), store.Options{Client: b.raw}); !errors.Is(err, store.ErrKeyset) {
			t.Errorf("Open without = %v, want ErrKeyset", err)
		}
	})
}

func TestCodesAreUniform(t *testing.T) {
	t.Parallel()
	s := openInProcess(t)
	const n, digits = 100_000, 6
	var counts [digits][10]int
	for i := range n {
		code := s.Code(fmt.Sprintf("ref-%d", i), digits)
		if len(code) != digits {
			t.Fatalf("code %q, want %d digits", code, digits)
		}
		for j, c := range code {
			counts[j][c-'0']++
		}
	}
	for j := range counts {
		chi := 0.0
		for _, c := range counts[j] {
			chi += math.Pow(float64(c)-n/10, 2) / (n / 10)
		}
		if chi > 40 { // 9 degrees of freedom: p < 1e-5, over six digits
			t.Errorf("digit %d: chi-square %.1f over %v, want below 40", j, chi, counts[j])
		}
	}
	if again := s.Code("a", 6); again != s.Code("a", 6) || s.Code("a", 8)[:6] == s.Code("a", 6) || len(s.Code("a", 0)) != 1 || len(s.Code("a", 99)) != 18 {
		t.Error("a code must depend on its reference and length alone, 1 to 18 digits")
	}
}

func TestMACsTellPartsApart(t *testing.T) {
	t.Parallel()
	s := openInProcess(t)
	seen := map[string]string{}
	for _, parts := range [][]string{{"fact", "ab", "c"}, {"fact", "a", "bc"}, {"fact", "abc"}, {"code", "ab", "c"}, {"fact", "", "abc"}, {"fact", "ab", "c", ""}} {
		mac := string(s.MAC(parts[0], parts[1:]...))
		if other, ok := seen[mac]; ok || len(mac) != 16 {
			t.Errorf("MAC(%q) is that of %s, %d bytes", parts, other, len(mac))
		}
		seen[mac] = fmt.Sprint(parts)
	}
	if m := s.Mark("twilio/SM1"); len(m) != 8 || string(m) != string(s.Mark("twilio/SM1")) || string(m) == string(s.Mark("twilio/SM2")) {
		t.Errorf("Mark = %x, want 8 bytes of the ID alone", m)
	}
}
