package fsm

import (
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// wire writes a document or reads one. The same lines that name a type's fields do both (document_form.go), so that what is
// read is what was written. The bytes are protobuf's: a type names its fields by rising numbers, and what is zero or absent
// takes no room. A number that the type doesn't name belongs to a newer release: it is kept as it came, and written again
// in its place.
type wire struct {
	reading bool
	kept    *string // where the type at hand keeps its newer fields

	out     []byte   // what is written so far
	pending string   // of the newer fields, those that are still to be written
	names   []string // that fields refer to: see (*wire).name

	in   []byte
	text string         // the same: what is read as text is shared, not copied
	at   int            // where reading is: behind next's tag
	end  int            // of the message at hand
	tag  int            // where next's tag begins
	next number         // the field that comes now; none at the message's end and once something is wrong
	kind protowire.Type // next's
	last number         // the field before next; 0 where that is a newer one
	err  error          // the first thing that was wrong
}

type number = protowire.Number

const none number = math.MaxInt32

var (
	errCut   = errors.New("it is cut")
	errKind  = errors.New("a field has another form than this release reads")
	errOrder = errors.New("its fields are doubled or out of order")
)

// record writes one type's fields, or reads them up to the end of the message. fields begins with keep.
func record[T any](w *wire, p *T, fields func(*T, *wire)) {
	if w.reading {
		kept := w.kept
		w.kept, w.next = nil, 0
		w.advance()
		fields(p, w)
		w.skip(none)
		w.kept = kept
		return
	}
	pending := w.pending
	w.pending = ""
	fields(p, w)
	w.out = append(w.out, w.pending...)
	w.pending = pending
}

// keep says where a type keeps what a newer release has added to it.
func (w *wire) keep(newer *string) {
	if w.reading {
		w.kept = newer
	} else if *newer != "" {
		w.pending = *newer
	}
}

// put begins a field.
func (w *wire) put(n number, kind protowire.Type) {
	if w.pending != "" {
		w.between(n)
	}
	if n < 16 { // one byte, as most are: what AppendTag does, in a third of the time
		w.out = append(w.out, byte(n)<<3|byte(kind))
		return
	}
	w.out = protowire.AppendTag(w.out, n, kind)
}

// between writes those of the newer fields that come before n.
func (w *wire) between(n number) {
	for w.pending != "" {
		before, _, size := protowire.ConsumeField([]byte(w.pending))
		if size < 0 || before > n {
			return
		}
		w.out = append(w.out, w.pending[:size]...)
		w.pending = w.pending[size:]
	}
}

// open begins a field that is a message; close puts its size before it.
func (w *wire) open(n number) int {
	w.put(n, protowire.BytesType)
	w.out = append(w.out, 0)
	return len(w.out)
}

func (w *wire) close(from int) {
	size := len(w.out) - from
	if size < 0x80 {
		w.out[from-1] = byte(size)
		return
	}
	more := protowire.SizeVarint(uint64(size)) - 1
	for range more {
		w.out = append(w.out, 0)
	}
	copy(w.out[from+more:], w.out[from:from+size])
	protowire.AppendVarint(w.out[:from-1], uint64(size))
}

// advance reads the next tag.
func (w *wire) advance() {
	before := w.next
	w.last, w.next = before, none
	if w.err != nil || w.at == w.end {
		return
	}
	v, size := w.number(w.at)
	n, kind := protowire.DecodeTag(v)
	switch {
	case size < 0 || n < protowire.MinValidNumber:
		w.err = errCut
	case n < before:
		w.err = errOrder
	default:
		w.tag, w.at, w.next, w.kind = w.at, w.at+size, n, kind
	}
}

// has says whether field n is to be written, or comes now.
func (w *wire) has(n number, set bool) bool {
	if !w.reading {
		return set
	}
	if w.next < n {
		w.skip(n)
	}
	return w.next == n
}

// skip keeps the fields before n: they are newer.
func (w *wire) skip(n number) {
	for w.next < n {
		size := protowire.ConsumeFieldValue(w.next, w.kind, w.in[w.at:w.end])
		switch {
		case w.next == w.last: // it was read already
			w.wrong(errOrder)
		case size < 0:
			w.wrong(errCut)
		case w.kept == nil:
			w.wrong(errKind)
		default:
			w.at += size
			*w.kept += w.text[w.tag:w.at]
			w.advance()
			w.last = 0
		}
	}
}

func (w *wire) wrong(err error) {
	w.next = none
	if w.err == nil {
		w.err = err
	}
}

// number reads a varint of the message at hand. Most have one byte: those in a third of the time.
func (w *wire) number(at int) (v uint64, size int) {
	if at < w.end && w.in[at] < 0x80 {
		return uint64(w.in[at]), 1
	}
	return protowire.ConsumeVarint(w.in[at:w.end])
}

// varint reads next's value.
func (w *wire) varint() uint64 {
	if w.kind != protowire.VarintType {
		w.wrong(errKind)
		return 0
	}
	v, size := w.number(w.at)
	if size < 0 {
		w.wrong(errCut)
		return 0
	}
	w.pass(w.at + size)
	return v
}

// pass goes on behind next's value.
func (w *wire) pass(to int) {
	w.at = to
	w.advance()
}

// within reads the size of next's value, and says where that begins and ends.
func (w *wire) within() (from, to int) {
	if w.kind != protowire.BytesType {
		w.wrong(errKind)
		return 0, 0
	}
	n, size := w.number(w.at)
	if size < 0 || n > uint64(w.end-w.at-size) {
		w.wrong(errCut)
		return 0, 0
	}
	from = w.at + size
	return from, from + int(n)
}

// nested reads next as a message.
func nested[T any](w *wire, p *T, fields func(*T, *wire)) {
	n, end := w.next, w.end
	if w.at, w.end = w.within(); w.err != nil {
		w.end = end
		return
	}
	behind := w.end
	record(w, p, fields)
	w.end, w.next = end, n
	w.pass(behind)
}

// coming counts how often next comes in a row, to make room once.
func (w *wire) coming() int {
	count := 0
	for at := w.tag; at < w.end; count++ {
		v, size := w.number(at)
		n, kind := protowire.DecodeTag(v)
		if size < 0 || n != w.next {
			break
		}
		value := protowire.ConsumeFieldValue(n, kind, w.in[at+size:w.end])
		if value < 0 {
			break
		}
		at += size + value
	}
	return count
}
