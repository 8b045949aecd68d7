package config

import (
	"maps"

	"github.com/settle-chat/settle/fsm"
)

// Declarations are what the file lets a workflow rest on. An operation counts as retryable where it says itself that it
// carries the idempotency key; whether its system keeps that promise by itself is the plug-in's to say.
func (c *Config) Declarations() fsm.Declarations {
	d := fsm.Declarations{
		Operations: map[string]fsm.OperationDecl{}, Events: map[string]map[string]fsm.Type{}, Queues: map[string]fsm.QueueDecl{},
		Channels: sortedKeys(c.Channels), Floors: maps.Clone(c.Identity.Floors), Languages: c.Languages,
	}
	for system, s := range c.Systems {
		for name, o := range s.Operations {
			d.Operations[system+"."+name] = fsm.OperationDecl{
				Kind: o.Kind, Risk: o.Risk, In: maps.Clone(o.In), Out: maps.Clone(o.Out), Retryable: o.Options["idempotency"] == "header",
			}
		}
		for name, facts := range s.Events {
			d.Events[system+"."+name] = maps.Clone(facts)
		}
	}
	for name, q := range c.Queues {
		d.Queues[name] = fsm.QueueDecl{Hours: q.Hours, Zone: q.Zone, AnswerWithin: q.AnswerWithin, Capacity: q.Capacity, Holidays: q.Holidays}
	}
	return d
}
