package fsm

import (
	"os"
	"testing"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/policy"
)

// declared reads what a settle.yaml declares, as package config does for the service.
func declared(t testing.TB, file string, channels ...string) Declarations {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Systems map[string]struct {
			Operations map[string]struct {
				Kind    string
				Risk    policy.Risk
				In, Out map[string]Type
			}
			Events map[string]map[string]Type
		}
		Queues map[string]struct {
			Hours, Zone string
			Within      string `yaml:"answer-within"`
			Capacity    int
		}
	}
	if err := yaml.Load(data, &c); err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	d := Declarations{Operations: map[string]OperationDecl{}, Events: map[string]map[string]Type{}, Queues: map[string]QueueDecl{},
		Channels: append([]string{"sms", "whatsapp"}, channels...)}
	for system, s := range c.Systems {
		for name, o := range s.Operations {
			d.Operations[system+"."+name] = OperationDecl{Kind: o.Kind, Risk: o.Risk, In: o.In, Out: o.Out}
		}
		for name, facts := range s.Events {
			d.Events[system+"."+name] = facts
		}
	}
	for name, q := range c.Queues {
		within, err := parseDuration(q.Within)
		if err != nil {
			t.Fatal(err)
		}
		d.Queues[name] = QueueDecl{Hours: q.Hours, Zone: q.Zone, AnswerWithin: within.Round(time.Minute), Capacity: q.Capacity}
	}
	return d
}
