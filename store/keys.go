package store

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/settle-chat/settle/message"
)

// Partitions is how many hash tags the keyspace has. It is fixed when the keyspace is made: it is part of every
// conversation's ID.
const Partitions = 256

// partition is one of the keyspace's hash tags: everything of a conversation lies in one, so that one script reaches it,
// on a Redis Cluster too.
type partition uint8

func (p partition) name() string { return partitionNames[p] }
func (p partition) tag() string  { return "settle:{" + p.name() + "}:" }

var partitionNames = func() (names [Partitions]string) {
	for i := range names {
		names[i] = fmt.Sprintf("p%02x", i)
	}
	return names
}()

// What a partition holds. No key has a TTL where none is named.
func (p partition) conversations() string         { return p.tag() + "conversation:" }    // prefix
func (p partition) conversation(id string) string { return p.conversations() + id }       // STRING
func (p partition) due() string                   { return p.tag() + "due" }              // ZSET conversation -> ms
func (p partition) journal() string               { return p.tag() + "journal" }          // STREAM
func (p partition) transcript(id string) string   { return p.tag() + "transcript:" + id } // LIST
func (p partition) letters() string               { return p.tag() + "letters" }          // HASH event's keyed hash -> sealed
func (p partition) handoffs() string              { return p.tag() + "handoffs" }         // ZSET conversation -> since, ms
func (p partition) receipts(id string) string     { return p.tag() + "receipts:" + id }   // HASH effect -> rank; TTL receiptTTL
func (p partition) address(hash string) string    { return p.tag() + "address:" + hash }  // HASH
func (p partition) caseOf(id string) string       { return p.tag() + "case:" + id }       // STRING conversation

// What belongs to no partition: each its own slot. hash is a keyed hash.
const (
	layoutKey  = "settle:partitions" // STRING the count, and the number of this layout
	keysetKey  = "settle:keyset"     // STRING sealed: tells another keyset at start
	bundlesKey = "settle:bundles"    // HASH workflow's name -> its current bundle's hash
)

func bundleKey(hash string) string { return "settle:bundle:" + hash }       // STRING sealed
func rateKey(hash string) string   { return "settle:{rate:" + hash + "}:" } // prefix; next STRING µs; at:EFFECT STRING µs, TTL
func capKey(hash string) string    { return "settle:{cap:" + hash + "}" }   // ZSET effect -> ms; TTL the cap's window

// newID makes a conversation's ID in a partition: p07- and 26 random characters.
func newID(p partition) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return p.name() + "-" + base32Text.EncodeToString(b[:])
}

// partitionOf reads the partition out of a conversation's ID. IDs come back from providers and in URLs: anything else
// than an ID of ours is a conversation that isn't found.
func partitionOf(id string) (partition, error) {
	if len(id) == 30 && id[0] == 'p' && id[3] == '-' && isBase32(id[4:]) {
		if n, err := strconv.ParseUint(id[1:3], 16, 8); err == nil && id[:3] == partition(n).name() {
			return partition(n), nil
		}
	}
	return 0, fmt.Errorf("conversation: %w: no conversation has such an ID", ErrNotFound)
}

// casePartition derives a case ID's partition from the ID itself.
func casePartition(id string) (partition, error) {
	if len(id) == 26 && isBase32(id) {
		if b, err := base32Text.DecodeString(id); err == nil {
			return partition(b[0]), nil
		}
	}
	return 0, fmt.Errorf("case: %w: no case has such an ID", ErrNotFound)
}

func isBase32(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '2' || r > '7') }) < 0
}

// record is where an address record lies, under one of the lookup keys.
type record struct {
	partition partition
	key       string
	age       int // of the lookup key: 0 is the oldest
}

// keys are what load_address.lua takes.
func (r record) keys() []string {
	return []string{r.key, r.partition.conversations()}
}

// records are the places of an address' record: under the key that new ones are written with first, then, while keys are
// being rotated, under the others.
func (k *Keyset) records(a message.Address) []record {
	list := make([]record, len(k.lookups))
	for i, p := range k.lookups {
		h := derived(p.PRF, hashBytes, "address", string(a))
		list[i].partition = partition(h[0])
		list[i].key = list[i].partition.address(base32Text.EncodeToString(h))
		list[i].age = p.age
	}
	return list
}

// oldestFirst orders records by the age of their keys.
func oldestFirst(records []record) []record {
	return slices.SortedFunc(slices.Values(records), func(a, b record) int { return a.age - b.age })
}

// hidden is the keyed hash of a name that must not be read in a key.
func (k *Keyset) hidden(kind, name string) string {
	return base32Text.EncodeToString(derived(k.name, hashBytes, kind, name))
}

// Customer is a customer reference as an alias: references point to conversations just as addresses do.
func Customer(ref string) message.Address { return message.Address("customer:" + ref) }

// customerOf is the reference of a Customer alias.
func customerOf(a message.Address) (string, bool) { return strings.CutPrefix(string(a), "customer:") }
