package policy_test

import (
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// change makes one row of a table out of what is allowed.
type change = func(*policy.Contact, *policy.Message, *policy.Rules)

func all(changes ...change) change {
	return func(c *policy.Contact, m *policy.Message, r *policy.Rules) {
		for _, f := range changes {
			f(c, m, r)
		}
	}
}

func known(f func(*policy.Contact)) change {
	return func(c *policy.Contact, _ *policy.Message, _ *policy.Rules) { f(c) }
}

func sending(f func(*policy.Message)) change {
	return func(_ *policy.Contact, m *policy.Message, _ *policy.Rules) { f(m) }
}

func ruled(f func(*policy.Rules)) change {
	return func(_ *policy.Contact, _ *policy.Message, r *policy.Rules) { f(r) }
}

func stopped(c *policy.Contact, _ *policy.Message, _ *policy.Rules) { c.Stopped = true }

func confirmation(_ *policy.Contact, m *policy.Message, _ *policy.Rules) {
	m.Kind = policy.Confirmation
}

func reply(to time.Time) change {
	return func(c *policy.Contact, m *policy.Message, _ *policy.Rules) { m.Kind, c.LastInbound = policy.Reply, to }
}

func flagged(flags ...policy.Flag) change {
	return func(c *policy.Contact, _ *policy.Message, _ *policy.Rules) { c.Flags = flags }
}

func sent(sent []policy.Sent) change {
	return func(c *policy.Contact, _ *policy.Message, _ *policy.Rules) { c.Sent = sent }
}

func inconvenient(windows ...policy.Window) change {
	return func(c *policy.Contact, _ *policy.Message, _ *policy.Rules) { c.Inconvenient = windows }
}

func withConsent(at time.Time, given bool) change {
	return func(c *policy.Contact, m *policy.Message, _ *policy.Rules) {
		c.Consent = append(c.Consent, policy.Consent{Channel: m.Channel, Purpose: m.Purpose, Given: given, Source: "message", At: at})
	}
}

func whatsapp(last time.Time, template bool) change {
	return func(c *policy.Contact, m *policy.Message, _ *policy.Rules) {
		c.Address, m.Channel, m.Template, c.LastInbound = "whatsapp:+27821234521", "whatsapp", template, last
	}
}

func thirdParty(address message.Address, channel string, purpose policy.Purpose) change {
	return func(c *policy.Contact, m *policy.Message, _ *policy.Rules) {
		c.Address, m.Channel, m.Purpose, m.Creditor = address, channel, purpose, policy.ThirdParty
	}
}
