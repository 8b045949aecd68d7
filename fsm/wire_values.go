package fsm

import (
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The values of fields. Those that are named after what they hold leave it out where it is zero; those that end in Value
// write it always, or read the one that comes now: they are for lists and maps.

func (w *wire) string(n number, p *string) {
	if w.has(n, *p != "") {
		w.stringValue(n, p)
	}
}

// name is a string that often repeats one that stands before it in the document, a case's ID or an address of the contact. Then
// it is written as that one's number: a waiting conversation gets an eighth smaller.
func (w *wire) name(n number, p *string) {
	if w.has(n, *p != "") {
		w.nameValue(n, p)
	}
}

func (w *wire) nameValue(n number, p *string) {
	if w.reading && w.kind == protowire.VarintType {
		i := w.varint()
		if i >= uint64(len(w.names)) {
			w.wrong(errKind)
			return
		}
		*p = w.names[i]
		return
	}
	if i := uint64(slices.Index(w.names, *p)); !w.reading && i < uint64(len(w.names)) {
		w.uintValue(n, &i)
		return
	}
	w.stringValue(n, p)
}

// named is a string that names of later fields may refer to. Which these are, and in which order, never changes.
func (w *wire) named(n number, p *string) {
	w.string(n, p)
	w.names = append(w.names, *p)
}

func (w *wire) bytes(n number, p *[]byte) {
	if w.has(n, len(*p) > 0) {
		w.bytesValue(n, p)
	}
}

func (w *wire) int(n number, p *int) {
	if w.has(n, *p != 0) {
		w.intValue(n, p)
	}
}

func (w *wire) uint(n number, p *uint64) {
	if w.has(n, *p != 0) {
		w.uintValue(n, p)
	}
}

func (w *wire) bool(n number, p *bool) {
	if w.has(n, *p) {
		v := uint64(1)
		w.uintValue(n, &v)
		*p = v != 0
	}
}

func (w *wire) time(n number, p *time.Time) {
	if w.has(n, !p.IsZero()) {
		w.timeValue(n, p)
	}
}

func (w *wire) stringValue(n number, p *string) {
	if w.reading {
		from, to := w.within()
		*p = w.text[from:to]
		w.pass(to)
		return
	}
	w.put(n, protowire.BytesType)
	w.out = protowire.AppendString(w.out, *p)
}

// bytesValue shares what is read with the document, so that a list of hashes is no list of copies; appending to it copies.
func (w *wire) bytesValue(n number, p *[]byte) {
	if w.reading {
		from, to := w.within()
		*p = w.in[from:to:to]
		w.pass(to)
		return
	}
	w.put(n, protowire.BytesType)
	w.out = protowire.AppendBytes(w.out, *p)
}

func (w *wire) uintValue(n number, p *uint64) {
	if w.reading {
		*p = w.varint()
		return
	}
	w.put(n, protowire.VarintType)
	w.out = protowire.AppendVarint(w.out, *p)
}

func (w *wire) intValue(n number, p *int) {
	v := protowire.EncodeZigZag(int64(*p))
	w.uintValue(n, &v)
	if w.reading {
		*p = int(protowire.DecodeZigZag(v))
	}
}

// timeValue is in milliseconds, as Redis's clock; a finer one is in seconds and nanoseconds, as bytes.
func (w *wire) timeValue(n number, p *time.Time) {
	switch fine := p.Nanosecond()%int(time.Millisecond) != 0; {
	case !w.reading && fine:
		w.put(n, protowire.BytesType)
		seconds, nanos := protowire.EncodeZigZag(p.Unix()), uint64(p.Nanosecond())
		w.out = protowire.AppendVarint(w.out, uint64(protowire.SizeVarint(seconds)+protowire.SizeVarint(nanos)))
		w.out = protowire.AppendVarint(protowire.AppendVarint(w.out, seconds), nanos)
	case !w.reading:
		v := protowire.EncodeZigZag(p.UnixMilli())
		w.uintValue(n, &v)
	case w.kind == protowire.BytesType:
		from, to := w.within()
		seconds, size := protowire.ConsumeVarint(w.in[from:to])
		nanos, more := protowire.ConsumeVarint(w.in[from+max(size, 0) : to])
		if size < 0 || more < 0 || nanos >= uint64(time.Second) {
			w.wrong(errKind)
			return
		}
		*p = time.Unix(protowire.DecodeZigZag(seconds), int64(nanos)).UTC()
		w.pass(to)
	default:
		*p = time.UnixMilli(protowire.DecodeZigZag(w.varint())).UTC()
	}
}

// inner is a message in its place; one with nothing in it isn't written.
func inner[T any](w *wire, n number, p *T, fields func(*T, *wire)) {
	if w.reading {
		if w.has(n, true) {
			nested(w, p, fields)
		}
		return
	}
	from := w.open(n)
	record(w, p, fields)
	if len(w.out) == from {
		w.out = w.out[:from-1-protowire.SizeTag(n)]
		return
	}
	w.close(from)
}

// optional is a message, or none.
func optional[T any](w *wire, n number, p **T, fields func(*T, *wire)) {
	if w.has(n, *p != nil) {
		if w.reading {
			*p = new(T)
		}
		recordValue(w, n, *p, fields)
	}
}

func recordValue[T any](w *wire, n number, p *T, fields func(*T, *wire)) {
	if w.reading {
		nested(w, p, fields)
		return
	}
	from := w.open(n)
	record(w, p, fields)
	w.close(from)
}

// of is the value of a list or a map that is a message.
func of[T any](fields func(*T, *wire)) func(*wire, number, *T) {
	return func(w *wire, n number, p *T) { recordValue(w, n, p, fields) }
}

// many is a field for each of the values.
func many[T any](w *wire, n number, p *[]T, value func(*wire, number, *T)) {
	if !w.reading {
		for i := range *p {
			value(w, n, &(*p)[i])
		}
		return
	}
	if !w.has(n, true) {
		return
	}
	all := make([]T, 0, w.coming())
	for w.next == n {
		all = append(all, *new(T))
		value(w, n, &all[len(all)-1])
	}
	*p = all
}

// dict is a message for each key, in the order of the keys: 1 is the key, 2 the value. It has no room for newer fields.
func dict[V any](w *wire, n number, p *map[string]V, value func(*wire, number, *V)) {
	if !w.has(n, len(*p) > 0) {
		return
	}
	pair := func(e *keyed[V], w *wire) {
		w.name(1, &e.key)
		if w.has(2, true) {
			value(w, 2, &e.value)
		}
	}
	e := new(keyed[V])
	if !w.reading {
		var few [16]string
		keys := few[:0]
		for key := range *p {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, e.key = range keys {
			e.value = (*p)[e.key]
			recordValue(w, n, e, pair)
		}
		return
	}
	all := make(map[string]V, w.coming())
	for w.next == n {
		*e = keyed[V]{}
		nested(w, e, pair)
		all[e.key] = e.value
	}
	*p = all
}

type keyed[V any] struct {
	key   string
	value V
}
