package fsm

import (
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Schema is the number of the document's form that this release writes, and Readable the highest that it reads. 1 was JSON,
// which is still read; 2 is protobuf's bytes, by the numbers in document_form.go.
//
// What a release may change:
//
//   - A new field gets the next number of its type, at the end of the type's form. The schema's number stays. An older
//     release keeps the field, unread, in its type's Newer: a document that goes through it and comes back has lost nothing
//     but what was dropped or replaced with its type. So a field's absence must be safe: it means what it meant before.
//   - A field that isn't needed any more goes, and its number stays unused for good.
//   - A new field is neither named nor a name (wire_values.go): a release that doesn't know it would count names otherwise.
//   - A number's meaning never changes, nor its form. What can't be said in new fields takes a new schema number: one
//     release raises Readable, the next one raises Schema. Whoever skips the first finds documents that ErrNewer refuses.
//   - Values that are names (phases, levels, kinds) are written as their names. A new name in an old field takes a new
//     schema number as well: an older release would step a case that it doesn't understand.
//   - A document's number never goes down, and it always comes first.
const (
	Schema   = 2
	Readable = 2
)

// ErrNewer says that a document was written by a newer release, in a form that this one can't read. It is neither stepped
// nor written over; a process of the newer release goes on with it.
var ErrNewer = errors.New("written by a newer release, in a form that this one can't read")

var errJSON = errors.New("it is no JSON of this form")

// Encode writes the document: the same bytes for the same conversation, always.
func (c *Conversation) Encode() ([]byte, error) {
	if c.Schema > Readable {
		return nil, fmt.Errorf("encode a document: %w: schema %d, at most %d", ErrNewer, c.Schema, Readable)
	}
	w := wire{out: make([]byte, 0, 2<<10)}
	record(&w, c, (*Conversation).form)
	return w.out, nil
}

// Decode reads what Encode wrote, in this release or another one. It keeps data and shares it with the conversation.
func Decode(data []byte) (Conversation, error) {
	var c Conversation
	schema, err := schemaOf(data)
	switch {
	case err != nil:
	case schema > Readable:
		err = fmt.Errorf("%w: schema %d, at most %d", ErrNewer, schema, Readable)
	case data[0] == '{':
		if json.Unmarshal(data, &c) != nil {
			err = errJSON // its own error may quote a value
		}
	default:
		w := wire{reading: true, in: data, text: string(data), end: len(data)}
		record(&w, &c, (*Conversation).form)
		err = w.err
	}
	if err != nil {
		return Conversation{}, fmt.Errorf("decode a document: %w", err)
	}
	return c, nil
}

// schemaOf reads the number alone: the rest may be in any form.
func schemaOf(data []byte) (int, error) {
	if len(data) > 0 && data[0] == '{' {
		var c struct {
			Schema int `json:"schema"`
		}
		if json.Unmarshal(data, &c) != nil {
			return 0, errJSON
		}
		return c.Schema, nil
	}
	n, kind, size := protowire.ConsumeTag(data)
	if size < 0 || n != 1 || kind != protowire.VarintType {
		return 0, errors.New("it doesn't begin with its schema")
	}
	v, more := protowire.ConsumeVarint(data[size:])
	if more < 0 {
		return 0, errCut
	}
	return int(protowire.DecodeZigZag(v)), nil
}
