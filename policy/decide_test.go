package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/settle-chat/settle/policy"
)

var allFlags = []policy.Flag{policy.FlagDispute, policy.FlagCease, policy.FlagAttorney, policy.FlagBankruptcy, policy.FlagDeceased,
	policy.FlagBreathingSpace, policy.FlagHardship, policy.FlagWrongPerson}

var allPurposes = []policy.Purpose{policy.PurposeCollection, policy.PurposeBilling, policy.PurposeCompliance, policy.PurposeService}

// allowed is a contact to whom everything may be sent at noon, 14:00 in Johannesburg.
func allowed() policy.Contact {
	c := policy.Contact{Address: ours, Zones: []string{"Africa/Johannesburg"}}
	for _, purpose := range allPurposes {
		for _, channel := range []string{"sms", "whatsapp", "email", "console"} {
			c.Consent = append(c.Consent, policy.Consent{Channel: channel, Purpose: purpose, Given: true, Source: "agreement", At: noon.Add(-1000 * time.Hour)})
		}
	}
	return c
}

func reminder() policy.Message {
	return policy.Message{Purpose: policy.PurposeCollection, Kind: policy.Proactive, Channel: "sms", Creditor: policy.FirstParty}
}

func sentAt(ages ...time.Duration) (sent []policy.Sent) {
	for _, age := range ages {
		sent = append(sent, policy.Sent{At: noon.Add(-age), Channel: "sms", Purpose: policy.PurposeCollection})
	}
	return sent
}

func TestDecide(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	night := noon.Add(10 * time.Hour) // 00:00 in Johannesburg
	morning := "2026-11-25T06:00:00Z"
	own := noon.Add(-2 * day)
	for name, tc := range map[string]struct {
		now    time.Time
		change change
		want   policy.Verdict
		until  string
		rules  []string // all of them must be named
	}{
		"allowed":                 {noon, nil, policy.Allow, "2026-11-24T18:00:00Z", []string{"channel/sms", "consent", "hours/default", "cap/default"}},
		"no creditor is the bank": {noon, sending(func(m *policy.Message) { m.Creditor = "" }), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"unknown creditor":        {noon, sending(func(m *policy.Message) { m.Creditor = "uncle" }), policy.Refuse, "", []string{"kind"}},
		"unknown kind":            {noon, sending(func(m *policy.Message) { m.Kind = "" }), policy.Refuse, "", []string{"kind"}},
		"unknown purpose":         {noon, sending(func(m *policy.Message) { m.Purpose = "marketing" }), policy.Refuse, "", []string{"kind"}},
		"unknown purpose of a reply": {noon, func(c *policy.Contact, m *policy.Message, _ *policy.Rules) {
			m.Purpose, m.Kind, c.LastInbound = "", policy.Reply, noon
		}, policy.Refuse, "", []string{"kind"}},
		"unknown channel":           {noon, sending(func(m *policy.Message) { m.Channel = "fax" }), policy.Refuse, "", []string{"channel"}},
		"no channel":                {noon, func(c *policy.Contact, m *policy.Message, _ *policy.Rules) { m.Channel, c.Address = "", "" }, policy.Refuse, "", []string{"channel"}},
		"another channel's address": {noon, func(c *policy.Contact, m *policy.Message, _ *policy.Rules) { c.Address = "email:a@example.com" }, policy.Refuse, "", []string{"channel"}},
		"no rules":                  {noon, ruled(func(r *policy.Rules) { *r = policy.Rules{} }), policy.Refuse, "", []string{"channel"}},
		"no hours rule":             {noon, ruled(func(r *policy.Rules) { r.Hours = nil }), policy.Refuse, "", []string{"hours"}},
		"hours rule of another purpose": {noon, ruled(func(r *policy.Rules) {
			r.Hours[0].Purposes = []policy.Purpose{policy.PurposeBilling}
		}), policy.Refuse, "", []string{"hours"}},
		"no cap rule": {noon, ruled(func(r *policy.Rules) { r.Caps = nil }), policy.Refuse, "", []string{"cap"}},

		"no consent":                  {noon, known(func(c *policy.Contact) { c.Consent = nil }), policy.Refuse, "", []string{"consent"}},
		"consent for another channel": {noon, known(func(c *policy.Contact) { c.Consent = c.Consent[1:] }), policy.Refuse, "", []string{"consent"}},
		"consent for another purpose": {noon, known(func(c *policy.Contact) {
			c.Consent = []policy.Consent{{Channel: "sms", Purpose: policy.PurposeBilling, Given: true, Source: "agreement"}}
		}), policy.Refuse, "", []string{"consent"}},
		"consent without a source": {noon, known(func(c *policy.Contact) { c.Consent[0].Source = "" }), policy.Refuse, "", []string{"consent"}},
		"consent of the future":    {noon, known(func(c *policy.Contact) { c.Consent[0].At = noon.Add(1) }), policy.Refuse, "", []string{"consent"}},
		"consent withdrawn":        {noon, withConsent(own, false), policy.Refuse, "", []string{"consent"}},
		"withdrawn, listed first": {noon, func(c *policy.Contact, m *policy.Message, r *policy.Rules) {
			withConsent(own, false)(c, m, r)
			slices.Reverse(c.Consent)
		}, policy.Refuse, "", []string{"consent"}},
		"withdrawn in the same instant": {noon, func(c *policy.Contact, m *policy.Message, r *policy.Rules) {
			withConsent(c.Consent[0].At, false)(c, m, r)
		}, policy.Refuse, "", []string{"consent"}},
		"consent given again": {noon, func(c *policy.Contact, m *policy.Message, r *policy.Rules) {
			withConsent(own, false)(c, m, r)
			withConsent(own.Add(1), true)(c, m, r)
		}, policy.Allow, "2026-11-24T18:00:00Z", []string{"consent"}},

		"night":              {night, nil, policy.Hold, morning, []string{"hours/default"}},
		"no zone":            {noon, known(func(c *policy.Contact) { c.Zones = nil }), policy.Refuse, "", []string{"zone"}},
		"an unknown zone":    {noon, known(func(c *policy.Contact) { c.Zones = append(c.Zones, "Mars/Base") }), policy.Refuse, "", []string{"zone"}},
		"the machine's zone": {noon, known(func(c *policy.Contact) { c.Zones = []string{"Local"} }), policy.Refuse, "", []string{"zone"}},
		"night in a second zone": {noon, known(func(c *policy.Contact) {
			c.Zones = append(c.Zones, "America/New_York")
		}), policy.Hold, "2026-11-24T13:00:00Z", []string{"hours/default"}},
		"zones without overlap": {noon, known(func(c *policy.Contact) {
			c.Zones = []string{"Etc/GMT", "Etc/GMT-12"}
		}), policy.Refuse, "", []string{"hours/default"}},
		"two hours rules": {night, ruled(func(r *policy.Rules) {
			r.Hours = append(r.Hours, policy.Hours{ID: "hours/late", Open: []policy.Window{{From: 9 * 60, To: 24 * 60}}})
		}), policy.Hold, "2026-11-25T07:00:00Z", []string{"hours/default", "hours/late"}},
		"two hours rules that never agree": {noon, ruled(func(r *policy.Rules) {
			r.Hours = append(r.Hours, policy.Hours{ID: "hours/night", Open: []policy.Window{{From: 20 * 60, To: 8 * 60}}})
		}), policy.Refuse, "", []string{"hours/default", "hours/night"}},
		"a second hours rule of another purpose": {noon, ruled(func(r *policy.Rules) {
			r.Hours = append(r.Hours, policy.Hours{ID: "hours/never", Purposes: []policy.Purpose{policy.PurposeBilling}})
		}), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"inconvenient":                    {noon, inconvenient(policy.Window{From: 13 * 60, To: 17 * 60}), policy.Hold, "2026-11-24T15:00:00Z", []string{"inconvenient"}},
		"inconvenient until after hours":  {noon, inconvenient(policy.Window{From: 13 * 60, To: 21 * 60}), policy.Hold, morning, []string{"inconvenient", "hours/default"}},
		"inconvenient on another day":     {noon, inconvenient(policy.Window{Days: []policy.Weekday{3}, From: 8 * 60, To: 20 * 60}), policy.Allow, "2026-11-24T18:00:00Z", []string{"inconvenient"}},
		"inconvenient later":              {noon, inconvenient(policy.Window{From: 15 * 60, To: 16 * 60}), policy.Allow, "2026-11-24T13:00:00Z", []string{"inconvenient"}},
		"inconvenient the whole day":      {noon, inconvenient(policy.Window{Days: []policy.Weekday{2}}), policy.Hold, morning, []string{"inconvenient", "hours/default"}},
		"inconvenient always":             {noon, inconvenient(policy.Window{From: 0, To: 24 * 60}), policy.Refuse, "", []string{"inconvenient"}},
		"inconvenient whenever it's open": {noon, inconvenient(policy.Window{From: 8 * 60, To: 20 * 60}), policy.Refuse, "", []string{"inconvenient", "hours/default"}},

		"six sent":                            {noon, sent(sentAt(1, 2, 3, 4, 5, 6)), policy.Allow, "2026-11-24T18:00:00Z", []string{"cap/default"}},
		"seven sent":                          {noon, sent(sentAt(6*day, 5*day, 4*day, 3*day, 2*day, day, 7*day-time.Hour)), policy.Hold, "2026-11-24T13:00:00Z", []string{"cap/default"}},
		"eight sent":                          {noon, sent(sentAt(7*day-time.Hour, 7*day-2*time.Hour, 5, 4, 3, 2, 1, 0)), policy.Hold, "2026-11-24T14:00:00Z", []string{"cap/default"}},
		"the first falls out now":             {noon, sent(sentAt(7*day, 6, 5, 4, 3, 2, 1)), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"the first falls out in a nanosecond": {noon, sent(sentAt(7*day-1, 6, 5, 4, 3, 2, 1)), policy.Hold, "2026-11-24T12:00:00.000000001Z", nil},
		"the cap ends at night":               {noon, sent(sentAt(7*day-12*time.Hour, 6, 5, 4, 3, 2, 1)), policy.Hold, morning, []string{"cap/default", "hours/default"}},
		"seven sent elsewhere": {noon, known(func(c *policy.Contact) {
			c.Sent = sentAt(7*day-time.Hour, 6, 5, 4, 3, 2, 1)
			for i := range c.Sent {
				c.Sent[i].Channel, c.Sent[i].Purpose = "email", policy.PurposeService
			}
		}), policy.Hold, "2026-11-24T13:00:00Z", []string{"cap/default"}},
		"a cap of one channel": {noon, func(c *policy.Contact, _ *policy.Message, r *policy.Rules) {
			r.Caps[0].Across = policy.AcrossChannel
			c.Sent = sentAt(7*day-time.Hour, 6, 5, 4, 3, 2, 1)
			c.Sent[0].Channel = "email"
		}, policy.Allow, "2026-11-24T18:00:00Z", nil},
		"a cap of one purpose": {noon, func(c *policy.Contact, _ *policy.Message, r *policy.Rules) {
			r.Caps[0].Purposes = []policy.Purpose{policy.PurposeCollection}
			c.Sent = sentAt(7*day-time.Hour, 6, 5, 4, 3, 2, 1)
			c.Sent[0].Purpose = policy.PurposeBilling
		}, policy.Allow, "2026-11-24T18:00:00Z", nil},
		"two caps": {noon, func(c *policy.Contact, _ *policy.Message, r *policy.Rules) {
			r.Caps = append(r.Caps, policy.Cap{ID: "cap/daily", Most: 1, Per: day, Across: policy.AcrossContact})
			c.Sent = sentAt(23*time.Hour, 7*day-time.Minute)
		}, policy.Hold, "2026-11-24T13:00:00Z", []string{"cap/daily"}},
		"a cap rule of another purpose": {noon, ruled(func(r *policy.Rules) {
			r.Caps[0].Purposes = []policy.Purpose{policy.PurposeBilling}
		}), policy.Refuse, "", []string{"cap"}},
		"a second cap of another purpose": {noon, ruled(func(r *policy.Rules) {
			r.Caps = append(r.Caps, policy.Cap{ID: "cap/none", Purposes: []policy.Purpose{policy.PurposeBilling}, Per: day, Across: policy.AcrossContact})
		}), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"a cap of none":         {noon, ruled(func(r *policy.Rules) { r.Caps[0].Most = 0 }), policy.Refuse, "", []string{"cap/default"}},
		"a cap across what":     {noon, ruled(func(r *policy.Rules) { r.Caps[0].Across = "" }), policy.Refuse, "", []string{"cap/default"}},
		"a cap without a time":  {noon, ruled(func(r *policy.Rules) { r.Caps[0].Per = 0 }), policy.Refuse, "", []string{"cap/default"}},
		"sent in a far future":  {noon, sent(sentAt(-900*day, 6, 5, 4, 3, 2, 1)), policy.Hold, "2026-12-01T11:59:59.999999994Z", []string{"cap/default"}},
		"all in the far future": {noon, sent(sentAt(-900*day, -900*day, -900*day, -900*day, -900*day, -900*day, -900*day)), policy.Refuse, "", []string{"cap/default"}},

		"a reply at night":                {night, reply(night.Add(-time.Minute)), policy.Allow, "", []string{"reply/own-message"}},
		"a reply over the cap":            {noon, all(reply(noon), sent(sentAt(6, 6, 5, 4, 3, 2, 1))), policy.Allow, "", []string{"reply/own-message"}},
		"a reply without consent":         {noon, all(reply(noon), known(func(c *policy.Contact) { c.Consent, c.Zones = nil, nil })), policy.Allow, "", []string{"reply/own-message"}},
		"a reply heard elsewhere":         {night, all(reply(time.Time{}), known(func(c *policy.Contact) { c.LastHeard = night })), policy.Allow, "", []string{"reply/own-message"}},
		"a reply just in time":            {night, reply(night.Add(1 - day)), policy.Allow, "", []string{"reply/own-message"}},
		"a reply a day late":              {night, reply(night.Add(-day)), policy.Hold, morning, []string{"reply", "hours/default"}},
		"a reply to nothing":              {night, reply(time.Time{}), policy.Hold, morning, []string{"reply", "hours/default"}},
		"a late reply, no consent":        {noon, all(reply(noon.Add(-day)), known(func(c *policy.Contact) { c.Consent = nil })), policy.Refuse, "", []string{"reply", "consent"}},
		"a late reply in dispute":         {noon, all(reply(noon.Add(-day)), flagged(policy.FlagDispute)), policy.Refuse, "", []string{"reply", "flag/dispute"}},
		"a reply in dispute":              {night, all(reply(night), flagged(policy.FlagDispute)), policy.Allow, "", []string{"reply/own-message"}},
		"a reply after cease":             {night, all(reply(night), flagged(policy.FlagCease)), policy.Allow, "", []string{"reply/after-cease"}},
		"a reply after cease and dispute": {night, all(reply(night), flagged(policy.FlagDispute, policy.FlagCease)), policy.Allow, "", []string{"reply/after-cease"}},
		"a reply after cease, without that rule": {night, all(reply(night), flagged(policy.FlagCease), ruled(func(r *policy.Rules) {
			r.Replies = r.Replies[:1]
		})), policy.Refuse, "", []string{"reply", "flag/cease"}},
		"a reply with an unknown flag": {noon, all(reply(noon), flagged("odd")), policy.Refuse, "", []string{"reply", "flag/unknown"}},
		"a reply after STOP":           {noon, all(reply(noon), stopped), policy.Refuse, "", []string{"stop"}},

		"STOP":                          {noon, stopped, policy.Refuse, "", []string{"stop"}},
		"STOP and its confirmation":     {night, all(stopped, confirmation), policy.Allow, "", []string{"confirmation"}},
		"START's confirmation":          {night, confirmation, policy.Allow, "", []string{"confirmation"}},
		"a confirmation has no purpose": {night, all(stopped, confirmation, func(c *policy.Contact, m *policy.Message, _ *policy.Rules) { m.Purpose, c.Consent = "", nil }), policy.Allow, "", []string{"confirmation"}},
		"a confirmation after cease":    {night, all(stopped, confirmation, flagged(policy.FlagCease)), policy.Allow, "", []string{"confirmation"}},
		"a confirmation by fax":         {noon, all(confirmation, sending(func(m *policy.Message) { m.Channel = "fax" })), policy.Refuse, "", []string{"channel"}},

		"third party in the US":          {noon, thirdParty("sms:+12125550100", "sms", policy.PurposeCollection), policy.Refuse, "", []string{"bar/us-ca-sms-third-party"}},
		"third party's reply in the US":  {noon, all(thirdParty("sms:+12125550100", "sms", policy.PurposeCollection), reply(noon)), policy.Refuse, "", []string{"bar/us-ca-sms-third-party"}},
		"third party in the US, billing": {noon, thirdParty("sms:+12125550100", "sms", policy.PurposeBilling), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"third party in South Africa":    {noon, thirdParty(ours, "sms", policy.PurposeCollection), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"third party by e-mail":          {noon, thirdParty("email:a@example.com", "email", policy.PurposeCollection), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"first party in the US":          {noon, known(func(c *policy.Contact) { c.Address = "sms:+12125550100" }), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"third party's confirmation, US": {noon, all(thirdParty("sms:+12125550100", "sms", policy.PurposeCollection), stopped, confirmation), policy.Allow, "", []string{"confirmation"}},
		"whatsapp, in the window":        {noon, whatsapp(noon.Add(1-day), false), policy.Allow, "2026-11-24T12:00:00.000000001Z", nil},
		"whatsapp, window until closing": {noon, whatsapp(noon.Add(-time.Hour), false), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"whatsapp, window just over":     {noon, whatsapp(noon.Add(-day), false), policy.Refuse, "", []string{"channel/whatsapp"}},
		"whatsapp, no window":            {noon, whatsapp(time.Time{}, false), policy.Refuse, "", []string{"channel/whatsapp"}},
		"whatsapp, template":             {noon, whatsapp(time.Time{}, true), policy.Allow, "2026-11-24T18:00:00Z", nil},
		"whatsapp, template at night":    {night, whatsapp(time.Time{}, true), policy.Hold, morning, nil},
		"whatsapp, reply":                {night, all(whatsapp(time.Time{}, false), reply(night)), policy.Allow, "2026-11-25T22:00:00Z", []string{"reply/own-message"}},
		"whatsapp, heard on SMS":         {noon, all(whatsapp(time.Time{}, false), reply(time.Time{}), known(func(c *policy.Contact) { c.LastHeard = noon })), policy.Refuse, "", []string{"channel/whatsapp"}},
		"whatsapp, late confirmation":    {noon, all(whatsapp(noon.Add(-day), false), stopped, confirmation), policy.Refuse, "", []string{"channel/whatsapp"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contact, m, rules := allowed(), reminder(), policy.DefaultRules()
			if tc.change != nil {
				tc.change(&contact, &m, &rules)
			}
			got := policy.Decide(tc.now, contact, m, rules)
			var until time.Time
			if tc.until != "" {
				until = at(t, tc.until)
			}
			if got.Verdict != tc.want || !got.Until.Equal(until) {
				t.Errorf("Decide = %v, want %v until %q", got, tc.want, tc.until)
			}
			for _, rule := range tc.rules {
				if !slices.Contains(got.Rules, rule) {
					t.Errorf("Decide = %v, want rule %s among those that decided", got, rule)
				}
			}
			reasoned(t, got)
		})
	}
}

func reasoned(t interface{ Errorf(string, ...any) }, d policy.Decision) {
	if len(d.Rules) == 0 || len(d.Rules) != len(d.Because) || slices.Contains(d.Rules, "") || slices.Contains(d.Because, "") {
		t.Errorf("Decide = %#v, want a rule and its reason, at least once", d)
	}
	if (d.Verdict == policy.Hold && d.Until.IsZero()) || (d.Verdict == policy.Refuse && !d.Until.IsZero()) {
		t.Errorf("Decide = %v, want an end for a hold and none for a refusal", d)
	}
}
