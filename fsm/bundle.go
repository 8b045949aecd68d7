package fsm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/policy"
)

// Bundle is all that one workflow is made of, as its author wrote it. It is stored by its hash, so that a case ends on the
// version that it began with.
type Bundle struct {
	Workflow     SourceFile   `json:"workflow"`
	Fragments    []SourceFile `json:"fragments,omitempty"`
	Messages     []SourceFile `json:"messages"` // one a language, with the sections common and the workflow's own
	Declarations Declarations `json:"declarations"`
}

// SourceFile is one of a user's files.
type SourceFile struct {
	Name string `json:"name"` // workflows/overdue-account.yaml
	Data []byte `json:"data"`
}

// Declarations are what settle.yaml says that a workflow may rest on. Package config makes them.
type Declarations struct {
	Operations map[string]OperationDecl         `json:"operations,omitempty"` // core.account
	Events     map[string]map[string]Type       `json:"events,omitempty"`     // psp.paid -> its facts
	Queues     map[string]QueueDecl             `json:"queues,omitempty"`
	Channels   []string                         `json:"channels,omitempty"`
	Floors     map[policy.Risk]policy.Assurance `json:"floors,omitempty"` // only ever raised
	Languages  []string                         `json:"languages"`        // the first is the default; see Workflow.Language
}

// OperationDecl declares one operation of a system of record.
type OperationDecl struct {
	Kind      string          `json:"kind"` // lookup or writeback
	Risk      policy.Risk     `json:"risk"`
	In        map[string]Type `json:"in,omitempty"` // an input named ref is given by the engine
	Out       map[string]Type `json:"out,omitempty"`
	Retryable bool            `json:"retryable,omitempty"` // it honours the idempotency key
}

// QueueDecl declares where blocked cases go.
type QueueDecl struct {
	Hours        string        `json:"hours,omitempty"`
	Zone         string        `json:"zone,omitempty"`
	AnswerWithin time.Duration `json:"answer_within,omitempty"`
	Capacity     int           `json:"capacity,omitempty"`
	Holidays     []string      `json:"holidays,omitempty"` // days, as 2026-12-25
}

// Name is the workflow's, by its file: workflows/NAME.yaml.
func (b Bundle) Name() string {
	name := b.Workflow.Name[strings.LastIndex(b.Workflow.Name, "/")+1:]
	return strings.TrimSuffix(name, ".yaml")
}

// Hash names this version: 16 hexadecimal digits of the SHA-256 over the workflow and its fragments byte by byte (the
// journal quotes positions in them), the content of its messages, the declarations that it names, and Engine. Editing
// another workflow, its texts or its operations doesn't change it.
func (b Bundle) Hash() string {
	h := sha256.New()
	part := func(name string, data []byte) { fmt.Fprintf(h, "%s %d\n%s\n", name, len(data), data) }
	part("engine", fmt.Append(nil, Engine))
	part(b.Workflow.Name, b.Workflow.Data)
	byName := func(x, y SourceFile) int { return cmp.Compare(x.Name, y.Name) }
	for _, f := range slices.SortedFunc(slices.Values(b.Fragments), byName) {
		part(f.Name, f.Data)
	}
	for _, f := range slices.SortedFunc(slices.Values(b.Messages), byName) {
		part(f.Name, canonicalMessages(f, b.Name()))
	}
	declared, err := json.Marshal(b.named())
	if err != nil { // a map of plain values: only a risk out of range, which no loader makes, could fail
		declared = fmt.Append(nil, err)
	}
	part("declarations", declared)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

var word = regexp.MustCompile(`[a-z0-9][a-z0-9._-]*`)

// named are the declarations that the workflow or a fragment mentions. One mentioned in a comment is kept too: that is
// harmless, and this way nothing that is used can be missed.
func (b Bundle) named() Declarations {
	mentioned := map[string]bool{}
	for _, f := range append([]SourceFile{b.Workflow}, b.Fragments...) {
		for _, w := range word.FindAllString(string(f.Data), -1) {
			mentioned[strings.TrimRight(w, ".")] = true
		}
	}
	d := b.Declarations
	d.Operations, d.Events, d.Queues = only(d.Operations, mentioned), only(d.Events, mentioned), only(d.Queues, mentioned)
	return d
}

func only[V any](all map[string]V, keep map[string]bool) map[string]V {
	some := make(map[string]V, len(all))
	for name, v := range all {
		if keep[name] {
			some[name] = v
		}
	}
	return some
}
