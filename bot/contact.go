package bot

import (
	"slices"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// contactOf is what policy may know of a contact.
func contactOf(c fsm.Conversation, to message.Address) policy.Contact {
	p := policy.Contact{Address: to, Consent: c.Contact.Consent, Stopped: c.Contact.Stopped, Sent: c.Contact.Sent, LastHeard: c.Contact.LastText}
	if c.Contact.Zone != "" {
		p.Zones = append(p.Zones, c.Contact.Zone)
	}
	p.Zones = append(p.Zones, numberZones(to)...)
	for flag := range c.Contact.Flags {
		p.Flags = append(p.Flags, policy.Flag(flag))
	}
	slices.Sort(p.Flags)
	p.LastInbound = heardFrom(c, to)
	return p
}

// heardFrom is the time of the customer's last message from an address.
func heardFrom(c fsm.Conversation, a message.Address) time.Time {
	for _, known := range c.Contact.Addresses {
		if known.Address == a {
			return known.Inbound
		}
	}
	return time.Time{}
}

// numberZones are the zones that a phone number may be in: a customer may be wherever the number says, too.
func numberZones(to message.Address) []string {
	if kind := to.Kind(); kind != "sms" && kind != "whatsapp" {
		return nil
	}
	n, err := phonenumbers.Parse(to.Value(), "")
	if err != nil {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(zones, func(z string) bool { return z == phonenumbers.UNKNOWN_TIMEZONE })
}

func policyKind(k fsm.SendKind) policy.Kind {
	switch k {
	case fsm.Reply:
		return policy.Reply
	case fsm.Confirmation:
		return policy.Confirmation
	}
	return policy.Proactive // a reminder too
}

// because is a decision for the journal: the rules by name, and their reasons.
func because(d policy.Decision) []string { return []string{d.String()} }
