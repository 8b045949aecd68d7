package fsm

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/settle-chat/settle/policy"
)

// inline loads the shipped content and one more workflow, "probe", with its texts: for rules that no shipped one reaches.
func inline(t *testing.T, workflow, texts string) *Library {
	t.Helper()
	shippedLibrary(t)
	fsys := fstest.MapFS{}
	root := os.DirFS("../content")
	for _, name := range shippedFiles(t) {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	fsys["workflows/probe.yaml"] = &fstest.MapFile{Data: []byte("workflow: probe\ntitle: Probe\npurpose: service\ncurrency: ZAR\nuse: [common]\ntrigger: {event: probe.due}\nreach: [{sms: go}, {whatsapp: go, after: 4h}]\n" + workflow)}
	fsys["messages/en.yaml"].Data = append(fsys["messages/en.yaml"].Data, "\nprobe:\n  public:\n    go: Go on?\n"+texts...)
	d := shippedDeclarations
	d.Operations = map[string]OperationDecl{
		"sys.note":   {Kind: "writeback", Risk: policy.Info, In: map[string]Type{"ref": Text, "n": Integer}, Retryable: true},
		"sys.save":   {Kind: "writeback", Risk: policy.Info, In: map[string]Type{"ref": Text}},
		"sys.commit": {Kind: "writeback", Risk: policy.Commitment, In: map[string]Type{"ref": Text}},
		"sys.money":  {Kind: "writeback", Risk: policy.Money, In: map[string]Type{"ref": Text}},
		"sys.read":   {Kind: "lookup", Risk: policy.Info, In: map[string]Type{"ref": Text}, Out: map[string]Type{"level": Integer}},
		"sys.deals":  {Kind: "lookup", Risk: policy.Info, In: map[string]Type{"ref": Text}, Out: map[string]Type{"months": Integer, "rate": Money}},
	}
	for name, o := range shippedDeclarations.Operations {
		d.Operations[name] = o
	}
	lib, err := LoadTree(fsys, d)
	if err != nil {
		t.Fatalf("load probe:\n%v", err)
	}
	return lib
}

// shippedFiles names what a test reads of the shipped content to load it with a workflow of its own: every workflow, and
// the texts in one language.
func shippedFiles(t testing.TB) []string {
	t.Helper()
	names := []string{"messages/en.yaml"}
	for _, dir := range []string{"fragments", "workflows"} {
		found, err := fs.Glob(os.DirFS("../content"), dir+"/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	return names
}

// probe opens a case of it.
func probe(t *testing.T, workflow, texts string) *talk {
	t.Helper()
	k := newTalk(t, inline(t, workflow, texts))
	k.openProbe("case-1", nil)
	k.settle()
	return k
}

func (k *talk) openProbe(id string, edit func(*CaseOpened)) {
	k.t.Helper()
	k.open(id, func(o *CaseOpened) {
		o.Event, o.Workflow = "", "probe"
		if edit != nil {
			edit(o)
		}
	})
}

func TestStepAsksEveryType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ fact, answer, want string }{
		{"{type: text, from: customer}", "by the church", "by the church"},
		{"{type: integer, from: customer, min: \"1\", max: \"9\"}", "7", "7"},
		{"{type: boolean, from: customer}", "yes", "true"},
		{"{type: boolean, from: customer}", "tap:no", "false"},
		{"{type: boolean, from: customer}", "2", "false"},
		{"{type: choice, from: customer, of: [red, blue]}", "blue", "blue"},
		{"{type: choice, from: customer, of: [red, blue]}", "tap:red", "red"},
		{"{type: choices, from: customer, of: [red, blue]}", "1 and 2", "red,blue"},
		{"{type: choices, from: customer, of: [red, blue]}", "blue", "blue"},
		{"{type: choices, from: customer, of: [red, blue]}", "tap:blue", "blue"},
		{"{type: phone, from: customer}", "+27 82 123 4567", "+27821234567"},
		{"{type: email, from: customer}", "thandi@example.org", "thandi@example.org"},
		{"{type: email, from: customer}", "nobody", ""},
		{"{type: address, from: customer}", "1 Long Street, Cape Town, 8001", "1 Long Street, Cape Town, 8001"},
		{"{type: date, from: customer}", "1 December", "2026-12-01"},
		{"{type: date, from: customer, only: business-days}", "5 December 2026", ""},
		{"{type: money, from: customer}", "R 200,50", "200.50"},
		{"{type: integer, from: customer, min: \"1\", max: \"9\"}", "12", ""},
		{"{type: file, from: customer, accept: [jpeg, pdf]}", "media:image/jpeg", "https://files.example/1"},
		{"{type: file, from: customer, accept: [jpeg, pdf]}", "media:application/zip", ""},
		{"{type: file, from: customer}", "here it is", ""},
	} {
		t.Run(tt.fact+" "+tt.answer, func(t *testing.T) {
			t.Parallel()
			texts := "    x: What is it?\n    thanks: Thanks\n    ok: OK\n"
			if strings.Contains(tt.fact, "of:") {
				texts += "    red: Red\n    blue: Blue\n"
			}
			k := probe(t, "facts: {x: "+tt.fact+"}\nstart: q\noutcomes: {done: {}}\nstates:\n  q: {ask: x, to: again}\n"+
				"  again: {say: thanks, options: [{id: ok, to: done}]}\n", texts)
			k.in("q")
			switch {
			case strings.HasPrefix(tt.answer, "tap:"):
				k.taps(tt.answer[4:])
			case strings.HasPrefix(tt.answer, "media:"):
				k.do(Event{Received: &MessageReceived{From: k.from, Media: media("https://files.example/1", tt.answer[6:])}})
			default:
				k.says(tt.answer)
			}
			if got := k.at().Facts["x"].Value; got != tt.want {
				t.Errorf("x = %q, want %q\n%s", got, tt.want, k.trail())
			}
			if tt.want == "" {
				k.in("q")
				k.heard("x")
			} else {
				k.in("again")
			}
		})
	}
}

func TestStepFaultIsStuckNotPoison(t *testing.T) {
	t.Parallel()
	const end = "outcomes: {done: {}, kept: {write: sys.note, with: {n: given}, also: [{write: sys.save}], flag: cease}}\nfacts: {given: {type: integer, from: trigger, public: true}, level: {type: integer, from: sys.read, fresh: 1h, public: true}}\nstart: a\nstates:\n" +
		"  a: {say: go, options: [{id: b, to: b}, {id: done, to: done}]}\n"
	for name, state := range map[string]string{
		"a text":              "  b: {say: shows, options: [{id: done, to: done}]}\n",
		"a label":             "  b: {say: go, options: [{id: label, to: done}]}\n",
		"an input of a do":    "  b: {do: sys.note, with: {n: given}, then: {ok: done, else: done}}\n",
		"an input of an also": "  b: {say: go, also: [{write: sys.note, with: {n: given}}], options: [{id: done, to: done}]}\n",
		"an input of an end":  "  b: {decide: [{to: kept}]}\n",
		"a lookup that fails": "  b: {decide: [{when: [\"level > 2\"], to: done}, {to: done}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := "    b: B\n    done: Done\n"
			if strings.Contains(state, "shows") {
				texts += "    shows: \"It is {given}\"\n"
			} else if strings.Contains(state, "label") {
				texts += "    label: \"Take {given}\"\n"
			}
			k := probe(t, end+state, texts)
			k.says("B")
			if k.pending("sys.read") != nil {
				k.result("sys.read", EffectDone{Result: Permanent})
			}
			k.in("stuck")
			if k.c.Handoff == nil || k.c.Handoff.Queue != "back-office" || k.at().Phase != Blocked {
				t.Errorf("handoff %+v in phase %s, want one in queue back-office\n%s", k.c.Handoff, k.at().Phase, k.trail())
			}
			if len(k.commit.Letters) == 0 {
				t.Error("no letter tells the operator")
			}
			if got := k.said[len(k.said)-1]; got != "stuck-said" {
				t.Errorf("last said %q, want stuck-said", got)
			}
			if len(k.c.Contact.Flags) > 0 {
				t.Errorf("flags %v of an end that isn't reached", k.c.Contact.Flags)
			}
			for _, f := range k.c.Effects {
				if f.WriteBack != nil {
					t.Errorf("%s is wanted, of an end that isn't reached", f.WriteBack.Operation)
				}
			}
		})
	}
}
