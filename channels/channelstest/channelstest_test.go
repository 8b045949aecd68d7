package channelstest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestLoop runs the suite against a channel that keeps the contract.
func TestLoop(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Harness { return newLoop(none) })
}

// recorder is a reporter that keeps what it is told.
type recorder struct {
	ctx context.Context

	mu      sync.Mutex
	said    []string
	skipped bool
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(string, ...any) {
	r.skipped = true
	runtime.Goexit()
}

// record runs one check to its end and returns what it reported.
func record(ctx context.Context, c check, h Harness) *recorder {
	r := &recorder{ctx: ctx}
	done := make(chan struct{})
	go func() { // of its own, so that Goexit ends only the check
		defer close(done)
		c.run(r, h)
	}()
	<-done
	return r
}

// TestNoticesFaults runs the suite against channels that break one promise each: the named checks must say so.
func TestNoticesFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[fault][]string{
		none:               {},
		swallowsErrors:     {string(OptedOut), string(HangUp), string(Broken), "context ends", "find"},
		sendsTwice:         {"accepted", "choices", "order"},
		retriesUnknown:     {string(HangUp), string(LostAnswer), string(Broken)},
		unknownIsBusy:      {string(HangUp), string(LostAnswer), "context ends"},
		twoNames:           {string(OptedOut), string(Busy)},
		noName:             {string(Refused), string(Busy), string(LostAnswer)},
		wrongName:          {string(OptedOut)},
		ignoresContext:     {"ended context"},
		outlivesContext:    {"context ends"},
		leaksAddress:       {string(Unreachable), string(HangUp)},
		leaksText:          {string(Refused), string(HangUp)},
		noID:               {"accepted"},
		sameID:             {"order"},
		changesText:        {"accepted", "choices"},
		dropsChoices:       {"choices"},
		growsCapabilities:  {"capabilities"},
		wrongChannel:       {"capabilities"},
		longValidity:       {"validity"},
		reorders:           {"order"},
		ignoresSignature:   {"forged inbound", "forged receipt", "host is not believed"},
		anySignature:       {"forged inbound", "forged receipt"},
		lastSignature:      {"forged inbound", "forged receipt"},
		twinSignature:      {"forged inbound", "forged receipt"},
		prefixSignature:    {"forged inbound", "forged receipt"},
		emptySignature:     {"forged inbound", "forged receipt"},
		signsPathOnly:      {"forged inbound"},
		signsNoBody:        {"forged inbound", "forged receipt"},
		believesHost:       {"host is not believed"},
		believesForwarded:  {"host is not believed"},
		forgedIsMalformed:  {"forged inbound", "forged receipt"},
		returnsForged:      {"forged inbound", "forged receipt"},
		losesKey:           {"receipts", "receipts name their send"},
		losesConversation:  {"receipts", "receipts name their send"},
		oneKey:             {"receipts name their send"},
		readIsDelivered:    {"receipts"},
		sameReceiptID:      {"receipts"},
		freshReceiptID:     {"receipts"},
		freshInboundID:     {"inbound ids"},
		idByText:           {"inbound ids"},
		idWithoutSource:    {"inbound ids"},
		losesChoice:        {"inbound"},
		losesMedia:         {"inbound"},
		losesOptout:        {"inbound"},
		neverClips:         {"inbound"},
		clipsBytes:         {"inbound"},
		noSender:           {"inbound"},
		changesBody:        {"inbound"},
		findsNothing:       {"find"},
		findsKnown:         {"find"},
		findsOtherText:     {"find"},
		findsOld:           {"find"},
		breaksOnRetryAfter: {string(Busy)},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			said := map[string][]string{}
			for _, c := range checks() {
				r := record(t.Context(), c, newLoop(fault))
				if r.skipped {
					t.Errorf("the check %q was skipped, want it run", c.name)
				}
				if len(r.said) > 0 {
					said[c.name] = r.said
				}
			}
			for _, name := range want {
				if len(said[name]) == 0 {
					t.Errorf("a channel that %s passes the check %q", fault, name)
				}
			}
			if fault == none && len(said) > 0 {
				t.Errorf("a channel without a fault fails: %q", said)
			}
		})
	}
}

// silent is a channel with nothing but the least.
type silent struct{ Harness }

// TestLeavesOut checks that what a harness can't do is skipped, not failed.
func TestLeavesOut(t *testing.T) {
	t.Parallel()
	skipped := 0
	for _, c := range checks() {
		r := record(t.Context(), c, silent{newLoop(none)})
		if len(r.said) > 0 {
			t.Errorf("%s: %q, want nothing said", c.name, r.said)
		}
		if r.skipped {
			skipped++
		}
	}
	if skipped < 15 || skipped >= len(checks()) {
		t.Errorf("%d of %d checks were skipped, want those of Troubled and Webhooks", skipped, len(checks()))
	}
}
