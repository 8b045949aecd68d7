package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/bench"
	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/policy"
)

// benchWorkflow is the shipped workflow in whose first question the measured conversations wait.
const benchWorkflow = "overdue-account"

// options are what a measurement works with: what serve would open, with systems of record that answer at once.
func (o benchOptions) options() (bench.Options, error) {
	library, err := loadWorkflows("")
	if err != nil {
		return bench.Options{}, err
	}
	bank := newPretend()
	w := library.Named(benchWorkflow)
	matter := bot.OpenRequest{
		Source: "bench", Workflow: w.Name, Language: "en", Zone: rehearsedZone, Facts: make(map[string]string),
		Consent: []policy.Consent{{Channel: "sms", Purpose: policy.Purpose(w.Purpose), Given: true, Source: "bench", At: rehearsedStart.AddDate(-1, 0, 0)}},
	}
	for _, name := range slices.Sorted(maps.Keys(w.Facts)) {
		switch def := w.Facts[name]; {
		case def.Is != nil || def.From == "customer":
		case strings.Contains(def.From, "."):
			bank.begins(def.From, name, sample(name, def))
		default:
			matter.Facts[name] = sample(name, def)
		}
	}
	return bench.Options{
		Library: library, Systems: bank.systems(library), Checks: checks(), Channel: benchChannel, Matter: matter, Start: rehearsedStart,
		RedisURL: o.redis, For: o.duration, Connections: o.connections, Conversations: o.conversations, Progress: o.progress, Profile: o.profile,
	}, nil
}

// benchChannel is Twilio's channel with the test account's credentials.
func benchChannel(base string, d channels.Deps) (channels.Channel, error) {
	c := twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: bench.BankNumber, BaseURL: base}
	return c.Open(d)
}
