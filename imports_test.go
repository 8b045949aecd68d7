package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/settle-chat/settle/"

// Imports point one way. Each rule says why.
var (
	// pure are the packages that decide. None of their own files may import these, nor any dependency of theirs net or
	// os/exec.
	pure      = []string{"message", "policy", "fsm", "fsm/answer", "fsm/graph", "internal/nearest"}
	pureNever = map[string]string{
		"os":                           "it must stay pure: give it values",
		"log":                          "it must stay pure: return an error or a reason",
		"log/slog":                     "it must stay pure: return an error or a reason",
		"net":                          "it must stay pure: ask the shell with an Effect",
		"net/http":                     "it must stay pure: ask the shell with an Effect",
		"os/exec":                      "it must stay pure: ask the shell with an Effect",
		"math/rand":                    "randomness comes with the event",
		"math/rand/v2":                 "randomness comes with the event",
		"crypto/rand":                  "randomness comes with the event",
		"github.com/redis/go-redis/v9": "only store knows Redis",
		"github.com/rs/zerolog":        "it must stay pure: return an error or a reason",
	}

	// mayImport is which packages of ours a package may import; a package that isn't named may import every one but the
	// implementations.
	mayImport = map[string][]string{
		"message":      {},
		"policy":       {"message"},
		"fsm/answer":   {"message"},
		"fsm":          {"message", "policy", "fsm/answer", "internal/nearest"},
		"fsm/graph":    {"fsm"},
		"channels":     {"message"},
		"identity":     {},
		"integrations": {"internal/nearest"},
		"config":       {"fsm", "policy", "message", "internal/nearest"},
	}

	// implementations are imported by plugins.go's package alone (and by each other's tests), but for those that chosen names.
	implementations = []string{
		"channels/twilio", "channels/console", "channels/simulator", "integrations/ledger", "integrations/rest", "identity/knownfacts",
	}
	chosen = map[string][]string{"demo": {"channels/simulator", "integrations/ledger"}, "demo/crowd": {"channels/simulator"}} // package -> what it chooses by itself
)

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, module)
			if allowed, named := mayImport[name]; named && isOurs && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s: it may import only %v of ours", name, ours, allowed)
			}
			if isOurs && slices.Contains(implementations, ours) && p.ImportPath != strings.TrimSuffix(module, "/") && !belongs(name, ours) && !slices.Contains(chosen[name], ours) {
				t.Errorf("%s imports %s: only plugins.go chooses implementations", name, ours)
			}
			if imported == "github.com/redis/go-redis/v9" && name != "store" && !strings.HasPrefix(name, "store/") {
				t.Errorf("%s imports go-redis: only store knows Redis", name)
			}
			if imported == "github.com/twilio/twilio-go" {
				t.Errorf("%s imports twilio-go's root package: take client and rest/api/v2010, it compiles ten times as fast", name)
			}
			if strings.HasPrefix(imported, "go.opentelemetry.io/otel/sdk") || strings.HasPrefix(imported, "go.opentelemetry.io/otel/exporters") {
				if p.ImportPath != strings.TrimSuffix(module, "/") {
					t.Errorf("%s imports %s: it takes a trace.Tracer; only tracing.go says where traces go", name, imported)
				}
			}
			if imported == "github.com/looplab/fsm" && name != "fsm" {
				t.Errorf("%s imports looplab/fsm: it lives behind fsm/machine.go", name)
			}
		}
		if !slices.Contains(pure, name) {
			continue
		}
		for _, imported := range p.Imports {
			if why, never := pureNever[imported]; never {
				t.Errorf("%s imports %s: %s", name, imported, why)
			}
		}
		for _, dep := range p.Deps {
			if dep == "net" || dep == "os/exec" {
				t.Errorf("%s depends on %s, by a package that it imports: nothing below the step may reach outside", name, dep)
			}
		}
	}
	for _, name := range pure {
		if !slices.ContainsFunc(packages, func(p listed) bool { return p.ImportPath == module+name }) {
			t.Errorf("package %s is gone: the rule about it proves nothing", name)
		}
	}
}

// belongs says whether a package is part of an implementation: its fake, its test helper.
func belongs(name, implementation string) bool {
	return name == implementation || strings.HasPrefix(name, implementation+"/")
}

func list(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatalf("read go list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list gives %d packages: too few to be right", len(all))
	}
	return all
}
