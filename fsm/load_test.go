package fsm

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var updateLoad = flag.Bool("update-load", false, "rewrite the golden files of package fsm")

// loadFiles is the test tree as files in memory, with some of their text replaced.
func loadFiles(t testing.TB, edits ...loadEdit) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	root := os.DirFS("testdata/load/tree")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		fsys[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		f := fsys[e.file]
		if f == nil {
			f = &fstest.MapFile{}
			fsys[e.file] = f
		}
		if strings.Count(string(f.Data), e.old) != 1 && e.old != "" {
			t.Fatalf("%q stands %d times in %s, want once", e.old, strings.Count(string(f.Data), e.old), e.file)
		}
		if e.old == "" {
			f.Data = append(f.Data, e.new...)
			continue
		}
		f.Data = []byte(strings.Replace(string(f.Data), e.old, e.new, 1))
	}
	return fsys
}

// loadEdit replaces old, which stands once in a file, or adds to its end where old is empty.
type loadEdit struct{ file, old, new string }

// loadSmall loads the test tree with edits and returns the small workflow.
func loadSmall(t testing.TB, edits ...loadEdit) *Workflow {
	t.Helper()
	lib, err := LoadTree(loadFiles(t, edits...), declared(t, "testdata/load/tree/settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return lib.Named("small")
}

func TestLoad(t *testing.T) {
	t.Parallel()
	w := loadSmall(t)
	if ps := Check(w); len(ps) > 0 {
		t.Errorf("Check of the test tree:\n%v\nwant nothing", ps)
	}
	for what, got := range map[string]string{
		"hello anyone":       w.NeedsAt("hello").String(),
		"menu person":        w.NeedsAt("menu").String(),
		"pay person":         w.NeedsAt("pay").String(),
		"failed anyone":      w.NeedsAt("failed").String(),
		"promised person":    w.NeedsAt("promised").String(),
		"paid anyone":        w.NeedsAt("paid").String(),
		"trouble anyone":     w.NeedsAt("trouble").String(),
		"agree person":       w.NeedsAt("agree").String(),
		"nowhere passkey":    w.NeedsAt("nowhere").String(),
		"menu uses":          strings.Join(w.States["menu"].Uses, " "),
		"how-much uses":      strings.Join(w.States["how-much"].Uses, " "),
		"choose uses":        strings.Join(w.States["choose"].Uses, " "),
		"confirm uses":       strings.Join(w.States["confirm-promise"].Uses, " "),
		"promised uses":      strings.Join(w.Outcomes["promised"].Uses, " "),
		"half rests on":      strings.Join(w.Facts["amount_promised"].Max.Uses, " "),
		"trouble says":       w.Exceptions["trouble"].Say,
		"cannot-verify says": w.Exceptions["cannot-verify"].Say,
		"promised says":      w.Outcomes["promised"].Say,
		"stuck goes back":    w.Exceptions["stuck"].Back,
		"at":                 w.States["menu"].Options[2].When[0].At.String() + " " + w.States["menu"].Options[2].When[0].Source,
		"declined":           w.States["pay"].Then.Declined["limit"] + " " + w.States["pay"].Then.DeclinedElse,
		"reach":              fmt.Sprint(w.Reach[1].Channel, " ", w.Reach[1].After),
		"a limit":            fmt.Sprint(w.Limits["fee"].Type(), " ", w.Limits["fee"]),
		"variable":           fmt.Sprint(w.Vars["plan.twice"], " ", w.Vars["paid.amount"], " ", w.Vars["link"], " ", w.Vars["months"], " ", w.Vars["signed.hash"]),
	} {
		want := map[string]string{
			"menu uses": "balance days_late frozen", "how-much uses": "balance", "choose uses": "balance days_late frozen", "confirm uses": "amount_promised on",
			"promised uses": "amount_promised on", "half rests on": "balance", "trouble says": "trouble-text", "cannot-verify says": "handoff",
			"promised says": "promised-said", "stuck goes back": "", "at": "workflows/small.yaml:42:44 days_late <= 60", "declined": "menu trouble",
			"reach": "sms 2h30m0s", "a limit": "money 9.50", "variable": "money money text integer text",
		}[what]
		if name, level, ok := strings.Cut(what, " "); ok && want == "" && what != "stuck goes back" {
			want = level
			_ = name
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
}

// Loading the same files twice gives the same workflow, and the same problems in the same order.
func TestLoadIsDeterministic(t *testing.T) {
	t.Parallel()
	same := []cmp.Option{cmp.AllowUnexported(Value{}, TextDef{}, Texts{}, body{}, piece{}), cmpopts.IgnoreUnexported(Workflow{}, State{}, Expr{}), cmpopts.IgnoreFields(TextDef{}, "language")}
	first := loadSmall(t)
	for range 5 {
		if diff := cmp.Diff(first, loadSmall(t), same...); diff != "" {
			t.Fatalf("loaded twice, the workflow differs (-first +second):\n%s", diff)
		}
	}
	broken := loadEdit{"workflows/small.yaml", "balance >= least", "balanse >= leest"}
	_, err := LoadTree(loadFiles(t, broken), declared(t, "testdata/load/tree/settle.yaml"))
	for range 5 {
		if _, again := LoadTree(loadFiles(t, broken), declared(t, "testdata/load/tree/settle.yaml")); again.Error() != err.Error() {
			t.Fatalf("loaded twice, the problems differ:\n%v\nthen\n%v", err, again)
		}
	}
}

// loadGolden compares got with a file of testdata/load, or rewrites it.
func loadGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "load", name)
	if *updateLoad {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
