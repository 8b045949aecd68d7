package policy

import (
	"slices"
	"strings"
	"time"
)

// The IDs of what no rule set can change. The rest of a decision's IDs are its rules' own.
const (
	RuleKind         = "kind"         // the kind, purpose or creditor is one that we know
	RuleChannel      = "channel"      // the channel is allowed and is the address's own
	RuleStop         = "stop"         // STOP ends everything but its confirmation
	RuleConfirmation = "confirmation" // the one answer to STOP or START
	RuleReply        = "reply"        // it was meant as a reply, and is none any more
	RuleConsent      = "consent"      // the ledger has a consent for this channel and purpose
	RuleFlag         = "flag"         // flag/dispute and so on
	RuleZone         = "zone"         // every candidate zone is known
	RuleHours        = "hours"        // some rule says when this purpose may be pursued
	RuleCap          = "cap"          // some rule says how often
	RuleInconvenient = "inconvenient" // the customer's own times
)

// Decide says whether m may be sent to contact at this moment. It denies by default: what is unknown, not recorded or not
// covered by a rule is refused. Ask it at the moment of sending; the time that counts is the time sent.
//
//   - After STOP nothing but the confirmation is allowed.
//   - A reply to the customer's own message ignores hours and caps, for as long as an Answer rule says; it needs no consent.
//   - What we start needs a consent, no stopping flag, open hours in every candidate zone, and room under every cap.
//
// Where only time is missing the decision is a Hold until the first instant at which hours, the customer's own times and
// caps all agree. Where they don't within about a week, as with zones whose days don't overlap, or do so in one season only,
// it refuses: a hold never lasts for ever.
func Decide(now time.Time, contact Contact, m Message, rules Rules) Decision {
	if contact.Stopped && m.Kind != Confirmation {
		return refuse(RuleStop, "the customer has said STOP")
	}
	now = now.Round(0).UTC()
	channel, no := addressed(contact, m, rules)
	if no != nil {
		return *no
	}
	var d Decision
	d.add(channel.ID, "the channel is open")
	if channel.Window > 0 && !m.Template {
		closes := contact.LastInbound.Add(channel.Window)
		if contact.LastInbound.IsZero() || !now.Before(closes) {
			return refuse(channel.ID, "outside-window: free text needs a message from the customer within "+span(channel.Window))
		}
		d.Until = closes.UTC()
	}
	if m.Kind == Confirmation {
		d.Verdict = Allow
		d.add(RuleConfirmation, "the one answer to STOP or START")
		return d
	}
	if no := barred(contact, m, rules); no != nil {
		return *no
	}
	stopping := stops(contact.Flags, m.Purpose, rules)
	if m.Kind == Proactive {
		return started(d, now, contact, m, stopping, rules)
	}
	if answer, ok := answers(now, contact, stopping, rules); ok {
		d.Verdict = Allow
		d.add(answer.ID, "it answers the customer's own message of the last "+span(answer.Within))
		return d
	}
	late := started(d, now, contact, m, stopping, rules)
	late.add(RuleReply, "no rule takes it for an answer: it is judged as a message that we start")
	return late
}

// started decides on what nobody asked for; d has what has been found so far.
func started(d Decision, now time.Time, contact Contact, m Message, stopping []Flag, rules Rules) Decision {
	if len(stopping) > 0 {
		return flagged(stopping)
	}
	why, ok := consented(now, contact.Consent, m)
	if !ok {
		return refuse(RuleConsent, why)
	}
	d.add(RuleConsent, why)
	return timed(d, now, contact, m, rules)
}

// addressed is the rule of m's channel, or the refusal of a message that isn't wholly known.
func addressed(contact Contact, m Message, rules Rules) (Channel, *Decision) {
	no := func(rule, because string) (Channel, *Decision) {
		d := refuse(rule, because)
		return Channel{}, &d
	}
	switch m.Kind {
	case Reply, Proactive, Confirmation:
	default:
		return no(RuleKind, "unknown kind of message")
	}
	// A confirmation has no purpose of its own, and a broken workflow must not keep anybody from being told that STOP worked.
	if m.Kind != Confirmation && !slices.Contains(purposes, m.Purpose) {
		return no(RuleKind, "unknown purpose")
	}
	if m.Creditor != "" && m.Creditor != FirstParty && m.Creditor != ThirdParty {
		return no(RuleKind, "unknown creditor")
	}
	i := slices.IndexFunc(rules.Channels, func(c Channel) bool { return c.Name == m.Channel })
	if i < 0 || m.Channel == "" {
		return no(RuleChannel, "no rule allows this channel")
	}
	if contact.Address.Channel() != m.Channel {
		return no(RuleChannel, "the address is not of this channel")
	}
	return rules.Channels[i], nil
}

// barred is the refusal by a bar that speaks of this creditor, purpose, channel and address.
func barred(contact Contact, m Message, rules Rules) *Decision {
	creditor := m.Creditor
	if creditor == "" {
		creditor = FirstParty
	}
	for _, bar := range rules.Bars {
		if bar.Creditor != creditor || bar.Purpose != m.Purpose || bar.Channel != m.Channel {
			continue
		}
		if slices.ContainsFunc(bar.Prefixes, func(p string) bool { return strings.HasPrefix(contact.Address.Value(), p) }) {
			d := refuse(bar.ID, string(creditor)+" "+string(m.Purpose)+" is not allowed on "+m.Channel+" there")
			return &d
		}
	}
	return nil
}

// stops are the contact's flags that stop what we start for this purpose. Collection is stopped by every flag, and
// everything by one that we don't know, whatever the rules list.
func stops(on []Flag, purpose Purpose, rules Rules) (stopping []Flag) {
	for _, f := range on {
		if purpose == PurposeCollection || !slices.Contains(flags, f) || slices.Contains(rules.StopFlags[purpose], f) {
			stopping = append(stopping, f)
		}
	}
	return stopping
}

func flagged(stopping []Flag) Decision {
	var d Decision
	for _, f := range stopping {
		if slices.Contains(flags, f) {
			d.add(RuleFlag+"/"+string(f), "this flag stops what we start for this purpose")
		} else {
			d.add(RuleFlag+"/unknown", "a flag that we don't know stops everything that we start")
		}
	}
	return d
}

// answers is the first rule that takes a message sent now for an answer, in spite of the stopping flags.
func answers(now time.Time, contact Contact, stopping []Flag, rules Rules) (Answer, bool) {
	heard := contact.LastInbound
	if contact.LastHeard.After(heard) {
		heard = contact.LastHeard
	}
	for _, rule := range rules.Replies {
		if !heard.IsZero() && now.Before(heard.Add(rule.Within)) && len(without(stopping, rule.Despite...)) == 0 {
			return rule, true
		}
	}
	return Answer{}, false
}

// consented says whether the ledger's last word on this channel and purpose is yes.
func consented(now time.Time, ledger []Consent, m Message) (why string, ok bool) {
	var last *Consent
	for i, c := range ledger {
		if c.Channel != m.Channel || c.Purpose != m.Purpose {
			continue
		}
		if last == nil || c.At.After(last.At) || c.At.Equal(last.At) && !c.Given {
			last = &ledger[i]
		}
	}
	switch {
	case last == nil:
		return "no consent on record for this channel and purpose", false
	case !last.Given:
		return "consent for this channel and purpose was withdrawn", false
	case last.Source == "":
		return "the consent on record has no source", false
	case last.At.After(now):
		return "the consent on record is of the future", false
	}
	return "consent for this channel and purpose is on record", true
}

// span is a duration in words: whole hours as hours.
func span(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}
