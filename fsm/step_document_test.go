package fsm

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lived is a conversation in which everything is set, and its journal.
func lived(t *testing.T) *talk {
	k := shippedTalk(t)
	k.promise()
	k.settle()
	k.now = k.now.Add(5 * time.Hour)
	k.open("case-2", nil)
	k.settle()
	k.answers("what?", "continue", "1/1 2196")
	if k.c.Challenge == nil || len(k.c.Lockout.Wrong) != 1 {
		t.Fatalf("challenge %+v, lockout %+v\n%s", k.c.Challenge, k.c.Lockout, k.trail())
	}
	return k
}

func TestStepDocument(t *testing.T) {
	t.Parallel()
	t.Run("the clone shares nothing that a step changes", func(t *testing.T) {
		t.Parallel()
		k := lived(t)
		k.c.Handoff, k.c.Work = &Handoff{Case: "case-1"}, []Handoff{{Case: "x"}}
		before, err := k.c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		scribble(reflect.ValueOf(k.c.clone()).Elem(), 0)
		after, _ := k.c.Encode()
		if diff := cmp.Diff(string(before), string(after)); diff != "" {
			t.Errorf("changing the clone changed the document:\n%s", diff)
		}
	})
	t.Run("twice the same bytes, and the input as it was", func(t *testing.T) {
		t.Parallel()
		k := lived(t)
		for _, text := range []string{"14/3 2196", "AGENT", "stop", "UNDO", "MENU", "what?"} {
			e := k.message(text)
			e.ID, e.At, e.Mark = "twice", k.now, []byte("twice...")
			before, _ := json.Marshal(k.c)
			a, errA := Step(k.lib, k.c, e)
			b, errB := Step(k.lib, k.c, e)
			if err := errors.Join(errA, errB); err != nil {
				t.Fatal(err)
			}
			one, _ := json.Marshal(a)
			two, _ := json.Marshal(b)
			if string(one) != string(two) {
				t.Errorf("%s: %s", text, differ(string(two), string(one)))
			}
			if after, _ := json.Marshal(k.c); string(after) != string(before) {
				t.Errorf("%s changed its input: %s", text, differ(string(after), string(before)))
			}
		}
	})
	t.Run("what is over leaves no trace in the bytes", func(t *testing.T) {
		t.Parallel()
		k := lived(t)
		k.now = k.now.Add(day(31))
		k.says("HELP")
		loaded, _ := json.Marshal(k.c)
		stepped, _ := json.Marshal(k.commit.Conversation)
		if string(loaded) != string(stepped) {
			t.Errorf("loaded again: %s", differ(string(loaded), string(stepped)))
		}
	})
	t.Run("a duplicate is named", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		e := k.message("HELP")
		e.ID, e.Mark = "twilio/SM1", []byte("12345678")
		k.do(e)
		wantError(t, k.try(e), ErrDuplicate)
		k.now = k.now.Add(day(8))
		wantError(t, k.try(e), ErrDuplicate)
	})
	t.Run("512 events are remembered, and older ones count as seen", func(t *testing.T) {
		t.Parallel()
		var s Seen
		for i := range seenMost + 1 {
			s.Add(fmt.Appendf(nil, "%08d", i), walkTime.Add(time.Duration(i)*time.Second))
		}
		if len(s.Marks) != seenMost*seenSize {
			t.Errorf("%d bytes of marks", len(s.Marks))
		}
		if !s.Has([]byte("another1"), walkTime.Add(-time.Second)) || s.Has([]byte("another1"), walkTime.Add(time.Minute)) {
			t.Error("the low-water time isn't kept")
		}
	})
	t.Run("a journal replays, and one that was changed doesn't", func(t *testing.T) {
		t.Parallel()
		k := lived(t)
		got, err := Replay(k.lib, k.start, k.journal)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := got.Encode()
		b, _ := k.c.Encode()
		if string(a) != string(b) {
			t.Errorf("replay gives %s", differ(string(a), string(b)))
		}
		k.journal[5].To = "elsewhere"
		_, err = Replay(k.lib, k.start, k.journal)
		wantError(t, err, ErrReplay)
	})
	t.Run("a batch is one version, and replays", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		e := k.message("HELP")
		e.ID, e.At = "a", k.now
		c, err := Step(k.lib, k.c, e)
		if err != nil {
			t.Fatal(err)
		}
		e.ID = "b"
		if c, err = c.Append(k.lib, e); err != nil {
			t.Fatal(err)
		}
		c = c.AppendQuarantined(Event{ID: "c", At: k.now, Timer: &TimerDue{Timer: "silence#3"}}, errors.New("test"))
		if c.Expected != k.c.Version || c.Conversation.Version != k.c.Version+1 || len(c.Journal) != 3 {
			t.Fatalf("expected %d, version %d, %d entries", c.Expected, c.Conversation.Version, len(c.Journal))
		}
		got, err := Replay(k.lib, k.c, c.Journal[:2])
		if err != nil || got.Version != c.Conversation.Version {
			t.Errorf("version %d, %v", got.Version, err)
		}
	})
	t.Run("an event that comes again after it was forgotten names no effect twice", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		for _, text := range []string{"HELP", "CASES", "UNDO"} {
			e := k.message(text)
			e.ID = "forgotten"
			k.do(e)
		}
		ids := map[string]bool{}
		for _, f := range k.c.Effects {
			ids[f.ID] = true
		}
		if len(ids) != 3 {
			t.Errorf("%d names for 3 effects", len(ids))
		}
	})
	t.Run("an ended case stays while anything refers to it, and the last five", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		k.fires("expires")
		for i := range keptCases + 3 {
			k.c.Cases = append(k.c.Cases, Case{ID: fmt.Sprintf("old-%d", i), Workflow: k.at().Workflow, Phase: Closed, Outcome: "settled", Ended: k.now})
		}
		k.c.Effects = append(k.c.Effects, Effect{ID: "NOTE", Lane: "system/crm", Case: "case-1", Attempt: 1, WriteBack: &WriteBack{System: "crm", Operation: "note", For: ForNobody}})
		k.do(Event{Timer: &TimerDue{Timer: "silence#99"}})
		if len(k.c.Cases) != keptCases || k.c.Case("case-1") == nil {
			t.Fatalf("%d cases are kept, case-1 among them: %v", len(k.c.Cases), k.c.Case("case-1") != nil)
		}
		k.result("crm.note", EffectDone{Result: Retry})
		if k.pending("crm.note") == nil {
			t.Error("its change is lost")
		}
	})
	t.Run("time never runs backwards", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		at := k.c.At
		k.now = k.now.Add(-time.Hour)
		k.says("HELP")
		if k.c.At.Before(at) {
			t.Errorf("at %v after %v", k.c.At, at)
		}
	})
	t.Run("a timer of before changes nothing, nor one that isn't due", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		for _, timer := range k.c.Timers {
			k.do(Event{Timer: &TimerDue{Timer: timer.Name}})
			k.because("not due yet")
		}
		k.do(Event{Timer: &TimerDue{Timer: "silence#99"}})
		k.because("is gone")
	})
}

// scribble changes all that can be changed in place, but not what a step never changes.
func scribble(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		switch v.Interface().(type) {
		case time.Time, Send, LookUp, WriteBack, IssueCode, Suppress, Opening, SystemReported, Shown:
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				scribble(f, depth+1)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // marks and hashes are replaced, never changed
		}
		for i := range v.Len() {
			scribble(v.Index(i), depth+1)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.Value{})
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scribble(v.Elem(), depth+1)
		}
	case reflect.String:
		v.SetString("scribbled")
	case reflect.Int, reflect.Int64:
		v.SetInt(99)
	case reflect.Uint64:
		v.SetUint(99)
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	reason := errors.New("our fault")
	t.Run("a timer", func(t *testing.T) {
		t.Parallel()
		k := lived(t)
		name := ""
		for _, timer := range k.c.Timers {
			if timer.Case == "case-2" {
				name = timer.Name
			}
		}
		k.take(Quarantine(k.c, Event{ID: "timer/x", At: k.now, Timer: &TimerDue{Timer: name}}, reason))
		q := k.c.Case("case-2")
		if q.State != stuck || q.Phase != Blocked || k.c.Handoff == nil || k.c.Handoff.Case != "case-2" || len(k.commit.Letters) != 1 {
			t.Errorf("case %+v, handoff %+v", q, k.c.Handoff)
		}
		noChallenge(t, k)
		for _, timer := range k.c.Timers {
			if timer.Name == name {
				t.Error("the timer is still there")
			}
		}
		k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve", Outcome: "settled"}})
	})
	t.Run("a result, while another case is with a person", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		k.promise()
		k.open("case-2", nil)
		k.settleBut("core.record-promise")
		k.says("AGENT")
		id := k.pending("core.record-promise").ID
		k.take(Quarantine(k.c, Event{ID: "effect/x", At: k.now, Done: &EffectDone{Effect: id, Attempt: 1, Result: OK}}, reason))
		if k.c.Effect(id) != nil || k.at().Phase != Blocked {
			t.Errorf("case %+v", k.at())
		}
		if k.c.Handoff.Case != "case-2" || len(k.c.Work) != 1 {
			t.Errorf("handoff %+v, work %+v: the first must not be lost", k.c.Handoff, k.c.Work)
		}
	})
	t.Run("what came from outside leaves the conversation", func(t *testing.T) {
		t.Parallel()
		k := lived(t)
		e := k.message("14/3 2196")
		e.ID, e.At, e.Mark = "x", k.now, []byte("12345678")
		before := k.c
		k.take(Quarantine(k.c, e, reason))
		before.Version++
		a, _ := before.Encode()
		b, _ := k.c.Encode()
		if string(a) != string(b) {
			t.Errorf("it changed: %s", differ(string(b), string(a)))
		}
	})
}

func TestMachine(t *testing.T) {
	t.Parallel()
	w := shippedLibrary(t).Named("overdue-account")
	for _, tt := range []struct {
		from, to string
		ok       bool
	}{
		{"", "hello", true}, {"", "menu", true}, {"", "expired", true}, {"", "after-payment", true}, {"", "asked-for-agent", true}, {"", "promised", false}, {"", "pay", false},
		{"hello", "menu", true}, {"hello", "pay", false}, {"hello", "promised", false}, {"menu", "plan", false}, {"confirm-plan", "plan", true},
		{"paying", "expired", true}, {"promised", "menu", true}, {"hardship", "disputed", true}, {"wrong-person", "hello", false}, {"menu", "menu", true}, {"menu", "nowhere", false},
	} {
		if err := w.moves().move(tt.from, tt.to); (err == nil) != tt.ok {
			t.Errorf("move(%q, %q) = %v, want ok %v", tt.from, tt.to, err, tt.ok)
		}
	}
}
