package fsm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostileFiles are made to cost a parser time or memory, or to say something else than they show.
func hostileFiles() map[string]string {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, maxFile)
	for i := range noise {
		noise[i] = " \n-:[]{},&*!|>'\"%@#?ab1"[random.IntN(23)]
	}
	fill := func(s string) string { return strings.Repeat(s, maxFile/len(s)) }
	nested := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	return map[string]string{
		"flow lists":        fill("["),
		"flow maps":         fill("{a: "),
		"block lists":       fill("- "),
		"block maps":        nested(500),
		"complex keys":      fill("? "),
		"just too deep":     "a: " + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
		"alias bomb":        bomb,
		"alias of itself":   "a: &a [*a]\n",
		"merge keys":        "a: &a {b: 1}\nc: {<<: *a}\n",
		"many keys":         "workflow: x\nfacts:\n" + manyKeys(),
		"the same key":      fill("a: 1\n"),
		"many items":        "a: [" + strings.Repeat("a,", maxFile/2-10) + "]",
		"one long scalar":   "a: " + strings.Repeat("x", maxFile-3),
		"one long quote":    `a: "` + strings.Repeat(`\u0041`, maxFile/6-2) + `"`,
		"an open quote":     `a: "` + strings.Repeat("x\n", maxFile/2-10),
		"too large":         strings.Repeat("#", maxFile+1),
		"many documents":    fill("---\na: 1\n"),
		"tags":              "a: !!binary aGk=\nb: !x y\n",
		"a directive":       "%YAML 1.1\n---\nyes: no\n",
		"a NUL":             "a: \x00\n",
		"not UTF-8":         "a: \xff\xfe\n",
		"UTF-16":            "\xff\xfea\x00:\x00",
		"a byte order mark": "\xef\xbb\xbfa: 1\n",
		"control":           "a: \x01\x02\x1b[31m\n",
		"noise":             string(noise),
		"nothing":           "",
		"only a comment":    "# nothing\n",
		"a list":            "- a\n",
		"a scalar":          "a\n",
		"expression bomb":   "workflow: w\nwhenever: [{when: [\"" + strings.Repeat("(", 5000) + "\"], to: x}]\n",
		"many placeholders": "common:\n  a: \"" + strings.Repeat("{a}", maxTemplate/3) + "\"\n",
	}
}

func manyKeys() string {
	var b strings.Builder
	for i := 0; b.Len() < maxFile-40; i++ {
		fmt.Fprintf(&b, "  k%d: {type: text}\n", i)
	}
	return b.String()
}

// No file costs more than a second or 64 MB, each as the workflow, as a fragment and as messages, and none loads. It isn't
// parallel: it measures.
func TestHostileFiles(t *testing.T) {
	declarations := declared(t, "testdata/load/tree/settle.yaml")
	good := func() Bundle {
		bundles, err := ReadTree(loadFiles(t), declarations)
		if err != nil {
			t.Fatal(err)
		}
		return bundles[1]
	}
	for name, text := range hostileFiles() {
		for _, as := range []string{"workflow", "fragment", "messages"} {
			t.Run(name+" as "+as, func(t *testing.T) {
				b := good()
				switch as {
				case "workflow":
					b.Workflow.Data = []byte(text)
				case "fragment":
					b.Fragments[0].Data = []byte(text)
				case "messages":
					b.Messages[0].Data = []byte(text)
				}
				var err error
				most := heapOf(func() { _, err = Load(b) })
				took := time.Hour
				for range 3 { // the quickest of three: a busy machine isn't the file's fault
					if took < time.Second*slower {
						break
					}
					begun := time.Now()
					_, err = Load(b)
					took = min(took, time.Since(begun))
				}
				if !errors.As(err, new(Problems)) {
					t.Errorf("Load gave %v, want Problems", err)
				}
				if took > time.Second*slower {
					t.Errorf("Load took %v, want below 1 s", took)
				}
				if most > 64<<20 {
					t.Errorf("Load held %d MB, want below 64", most>>20)
				}
			})
		}
	}
}

// heapOf is how much more heap is in use at most while f runs.
func heapOf(f func()) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	idle, most := m.HeapAlloc, m.HeapAlloc
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		var m runtime.MemStats
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	f()
	runtime.ReadMemStats(&m)
	close(done)
	<-watched
	return max(most, m.HeapAlloc) - idle
}

// FuzzLoad: whatever a file holds, loading gives a workflow or says what is wrong.
func FuzzLoad(f *testing.F) {
	declarations := declared(f, "testdata/load/tree/settle.yaml")
	bundles, err := ReadTree(loadFiles(f), declarations)
	if err != nil {
		f.Fatal(err)
	}
	small := bundles[1]
	f.Add(small.Workflow.Data, small.Fragments[0].Data, small.Messages[0].Data)
	for _, text := range hostileFiles() {
		if len(text) < 2000 {
			f.Add([]byte(text), small.Fragments[0].Data, small.Messages[0].Data)
			f.Add(small.Workflow.Data, small.Fragments[0].Data, []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, workflow, fragment, messages []byte) {
		b := small
		b.Workflow = SourceFile{small.Workflow.Name, workflow}
		b.Fragments = []SourceFile{{small.Fragments[0].Name, fragment}}
		b.Messages = []SourceFile{{small.Messages[0].Name, messages}}
		w, err := Load(b)
		if (w == nil) == (err == nil) {
			t.Fatalf("Load = %v, %v: want either", w, err)
		}
		if w != nil {
			Check(w)
		}
	})
}
