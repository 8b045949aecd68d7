package fsm

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/settle-chat/settle/message"
)

// A field that is in a type and not in its form would be lost at the first commit.
func TestEveryFieldIsInTheForm(t *testing.T) {
	t.Parallel()
	want := filled()
	data := encoded(t, want)
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	if again := encoded(t, got); string(again) != string(data) {
		t.Errorf("encoded again:%s", differ(string(again), string(data)))
	}
}

// Every struct of a document is one that a newer release may extend.
func TestEveryTypeKeepsWhatIsNewer(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(x reflect.Type) {
		switch x.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			look(x.Elem())
		case reflect.Struct:
			if seen[x] || x == reflect.TypeFor[time.Time]() {
				return
			}
			seen[x] = true
			if _, ok := x.FieldByName("Newer"); !ok {
				t.Errorf("%s has no Newer: what a newer release adds to it is lost", x)
			}
			for i := range x.NumField() {
				look(x.Field(i).Type)
			}
		}
	}
	look(reflect.TypeFor[Conversation]())
	if len(seen) < 25 {
		t.Errorf("only %d types: the test tests little", len(seen))
	}
}

// The next release's documents go through this one, and back to it.
func TestANewerReleasesDocumentLosesNothing(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.menu()
	k.open("case-2", nil)
	n := 0
	extend(reflect.ValueOf(&k.c).Elem(), &n)
	before, err := Decode(encoded(t, k.c))
	if err != nil {
		t.Fatal(err)
	}
	commit, err := Step(k.lib, before, Event{ID: "test/next", Mark: []byte("nextnext"), At: k.now.Add(time.Minute), Received: &MessageReceived{From: walkPhone, Text: "nonsense"}})
	if err != nil {
		t.Fatal(err)
	}
	after, err := Decode(encoded(t, commit.Conversation))
	if err != nil {
		t.Fatal(err)
	}
	was, is := all(k.c), slices.Collect(maps.Values(all(after)))
	replaced := regexp.MustCompile(`^\.(Prompts|Timers|Effects|Contact\.Evidence)\b`) // by what this message brings
	for place, value := range was {
		if !slices.Contains(is, value) && !replaced.MatchString(place) {
			t.Errorf("%s: newer fields %q are gone", place, value)
		}
	}
	if len(was) < 20 {
		t.Errorf("only %d places: the test tests little", len(was))
	}
}

// A lockout is joined with those of other records: a new value, that has what the old one had.
func TestALockoutKeepsWhatIsNewer(t *testing.T) {
	t.Parallel()
	l := Lockout{InARow: 1, Newer: newer(1)}
	for name, got := range map[string]Lockout{
		"with one": l.Strictest(Lockout{}), "of one": Lockout{}.Strictest(l), "noted": l.Noted(Lockout{}, walkTime), "tidied": l.tidied(walkTime),
	} {
		if got.Newer != l.Newer {
			t.Errorf("%s: newer fields %q, want %q", name, got.Newer, l.Newer)
		}
	}
}

func TestNewerFieldsStandInTheirPlace(t *testing.T) {
	t.Parallel()
	// 3 was a field of another release, between two of ours; 9 and 20 come behind them.
	field := func(out []byte, n protowire.Number, text string) []byte {
		return protowire.AppendString(protowire.AppendTag(out, n, protowire.BytesType), text)
	}
	var f Timer
	data := field(field(field(nil, 1, "wait#1"), 9, "b"), 20, "c")
	w := wire{reading: true, in: data, text: string(data), end: len(data)}
	record(&w, &f, (*Timer).form)
	if w.err != nil || f.Name != "wait#1" || f.Newer != string(data[8:]) {
		t.Fatalf("read %+v, %v", f, w.err)
	}
	f.Newer = string(field(field(nil, 2, "older"), 9, "b"))
	f.Case, f.Due = "", time.UnixMilli(1)
	w = wire{}
	record(&w, &f, (*Timer).form)
	var numbers []protowire.Number
	for rest := w.out; len(rest) > 0; {
		n, _, size := protowire.ConsumeField(rest)
		if size < 0 {
			t.Fatalf("written %q", w.out)
		}
		numbers, rest = append(numbers, n), rest[size:]
	}
	if want := []protowire.Number{1, 2, 3, 9}; !cmp.Equal(numbers, want) {
		t.Errorf("fields are written as %v, want %v", numbers, want)
	}
}

func TestTimesAreExact(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 7200)
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.Unix(0, 1), time.Unix(-1, 999_999_999), time.Unix(1<<40, 5), time.UnixMilli(-1), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(2026, 11, 24, 12, 0, 0, 1000, zone), walkTime,
	} {
		c, err := Decode(encoded(t, Conversation{Created: at, At: at, Lockout: Lockout{Wrong: []time.Time{at, at}}}))
		if err != nil {
			t.Fatalf("%v: %v", at, err)
		}
		for _, got := range append(c.Lockout.Wrong, c.Created, c.At) {
			if !got.Equal(at) || got != at.UTC() {
				t.Errorf("%#v comes back as %#v", at.UTC(), got)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	c := filled()
	whole := encoded(t, c)
	schema := func(n int) []byte {
		return protowire.AppendVarint([]byte{0x08}, protowire.EncodeZigZag(int64(n)))
	}
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                {nil, nil},
		"cut":                    {whole[:len(whole)-3], errCut},
		"longer than itself":     {append(schema(2), 0x12, 0x7f, 'x'), errCut},
		"longer than its part":   {append(schema(2), 0x42, 2, 0x0a, 3, 'e', 'n', 'x'), errCut},
		"no JSON":                {[]byte(`{"schema":1,"version":"x"}`), errJSON},
		"fields out of order":    {append(schema(2), 0x20, 1, 0x18, 1), errOrder},
		"a field twice":          {append(schema(2), 0x18, 1, 0x18, 1), errOrder},
		"another kind":           {append(schema(2), 0x10, 1), errKind},
		"a level nobody knows":   {append(schema(2), 0x62, 4, 0x62, 2, 'x', 'y'), errKind},
		"more in a map's entry":  {append(schema(2), 0x5a, 2, 0x18, 1), errKind},
		"a newer schema":         {append(schema(Readable+1), "anything \xff at all"...), ErrNewer},
		"a newer schema in JSON": {fmt.Appendf(nil, `{"schema":%d}`, Readable+1), ErrNewer},
		"no schema":              {[]byte{0x12, 1, 'x'}, nil},
	} {
		_, err := Decode(test.data)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if errors.Is(err, ErrNewer) != errors.Is(test.want, ErrNewer) {
			t.Errorf("%s: %v is ErrNewer, and is none, or the other way round", name, err)
		}
	}
}

// What can't be read is neither stepped nor written.
func TestANewerSchemaIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := Conversation{ID: "c-1", Schema: Readable + 1}
	if _, err := c.Encode(); !errors.Is(err, ErrNewer) {
		t.Errorf("Encode: %v, want %v", err, ErrNewer)
	}
	_, err := Step(shippedLibrary(t), c, Event{ID: "test/1", At: walkTime, Received: &MessageReceived{From: walkPhone, Text: "hi"}})
	if !errors.Is(err, ErrNewer) {
		t.Errorf("Step: %v, want %v", err, ErrNewer)
	}
}

func encoded(t testing.TB, c Conversation) []byte {
	t.Helper()
	data, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A case's ID and a contact's address are written once; where they come again, their number is. In full they are read as well.
func TestANameIsWrittenOnce(t *testing.T) {
	t.Parallel()
	const id, address = "2TP6HRL44L7YGA47APWWMPR6AQ", "sms:+27821234567"
	c := Conversation{
		Schema: Schema, Active: id, Cases: []Case{{ID: id, Thread: address}}, Timers: []Timer{{Name: "wait#1", Case: id}, {Name: "wait#2", Case: "another"}},
		Contact: Contact{Addresses: []Reachable{{Address: address}}},
		Prompts: map[string]Prompt{address: {Case: id}},
		Effects: []Effect{{ID: "E1", Case: id, Send: &Send{To: address}, Suppress: &Suppress{Addresses: []message.Address{address, "sms:+1"}}}},
	}
	data := encoded(t, c)
	for _, name := range []string{id, address} {
		if n := strings.Count(string(data), name); n != 1 {
			t.Errorf("%s is written %d times, want once", name, n)
		}
	}
	got, err := Decode(data)
	if diff := cmp.Diff(c, got); err != nil || diff != "" {
		t.Errorf("decoded: %v (-want +got):\n%s", err, diff)
	}

	field := func(out []byte, n protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(out, n, protowire.VarintType), v)
	}
	full := protowire.AppendString(protowire.AppendTag(field(nil, 1, 4), 10, protowire.BytesType), "case")
	if got, err := Decode(full); err != nil || got.Active != "case" {
		t.Errorf("a name in full: %q, %v", got.Active, err)
	}
	if _, err := Decode(field(field(nil, 1, 4), 10, 0)); !errors.Is(err, errKind) {
		t.Errorf("the number of a name that isn't there: %v, want %v", err, errKind)
	}
}
