package fsm

import (
	"testing"
	"time"
)

// What an exception opens is scheduled once what it writes is recorded, with what the next case is given.
func TestExceptionOpensOnceRecorded(t *testing.T) {
	t.Parallel()
	k := heldTalk(t)
	k.blocks("hardship")
	k.opens(0)
	k.result("sys.record", EffectDone{Result: Unknown})
	k.opens(0)
	k.result("sys.record", EffectDone{Result: OK})
	k.opens(1)
	k.because("opens review on 2026-12-24")
	o := k.openings()[0]
	if want := time.Date(2026, 12, 24, 7, 0, 0, 0, time.UTC); !o.Due.Equal(want) {
		t.Errorf("opened at %v, want %v", o.Due, want)
	}
	if o.Open.Facts["noticed"] != "2026-11-24" || o.Open.Facts["first_name"] != "Thandi" || o.Open.Exception != "hardship" {
		t.Errorf("opening %+v", o.Open)
	}
	k.settle()
	k.fires("open")
	if q := k.c.Cases[len(k.c.Cases)-1]; k.reviews() != 1 || q.Phase != Queued || q.External != "case-1" {
		t.Errorf("case %+v, want one of review that waits for the handoff's end\n%s", q, k.trail())
	}
	k.replays()
}

func TestExceptionWithoutWriteOpensAtOnce(t *testing.T) {
	t.Parallel()
	k := heldTalk(t)
	k.blocks("look-into")
	k.opens(1)
	if k.at().Undo != nil {
		t.Errorf("undo %+v of what wrote nothing", k.at().Undo)
	}
	k.replays()
}

// What isn't recorded opens nothing and can't be undone; the handoff itself never fails.
func TestExceptionNotRecorded(t *testing.T) {
	t.Parallel()
	t.Run("the system refuses", func(t *testing.T) {
		t.Parallel()
		k := heldTalk(t)
		k.blocks("hardship")
		k.result("sys.record", EffectDone{Result: Declined})
		k.because("hardship isn't recorded")
		k.opens(0)
		if k.at().Block != nil || k.at().Undo != nil || k.c.Handoff == nil || len(k.commit.Letters) != 1 {
			t.Errorf("block %+v, undo %+v, handoff %+v, %d letters", k.at().Block, k.at().Undo, k.c.Handoff, len(k.commit.Letters))
		}
		k.says("UNDO")
		k.heard()
		k.replays()
	})
	t.Run("what it writes isn't known", func(t *testing.T) {
		t.Parallel()
		k := heldTalk(t, [2]string{"look-into: {queue: care, back: menu,", "look-into: {queue: care, back: menu, write: sys.number, with: {n: given},"})
		k.blocks("look-into")
		k.opens(0)
		k.because("sys.number is left to the person")
		if k.at().Block != nil || k.pending("sys.number") != nil {
			t.Errorf("block %+v waits for nothing", k.at().Block)
		}
		k.replays()
	})
	t.Run("when it opens can't be told", func(t *testing.T) {
		t.Parallel()
		k := heldTalk(t)
		k.blocks("odd")
		k.opens(0)
		k.because("opening review is left to the person")
		if k.c.Handoff == nil || k.at().State != "odd" {
			t.Errorf("handoff %+v in %q", k.c.Handoff, k.at().State)
		}
		k.replays()
	})
}

// The block is over once the case goes on with the bot: what it opens is dropped. A person's resolving keeps it.
func TestExceptionOpeningDroppedOrKept(t *testing.T) {
	t.Parallel()
	agreed := map[string]string{"amount": "9.00", "reference": "R"}
	leave := map[string]struct {
		by   func(*talk)
		want int
	}{
		"MENU":                 {func(k *talk) { k.says("MENU") }, 0},
		"returned":             {func(k *talk) { k.acts("return", "") }, 0},
		"claimed and returned": {func(k *talk) { k.acts("claim", ""); k.acts("return", "") }, 0},
		"an event leads elsewhere": {func(k *talk) {
			k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.paid", Facts: agreed}})
		}, 0},
		"UNDO":                  {func(k *talk) { k.says("UNDO") }, 0},
		"resolved":              {func(k *talk) { k.acts("resolve", "agreed") }, 1},
		"resolved with a write": {func(k *talk) { k.acts("resolve", "kept") }, 1},
		"claimed":               {func(k *talk) { k.acts("claim", "") }, 1},
		"nothing":               {func(k *talk) {}, 1},
	}
	for name, tc := range leave {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := blocked(t, "hardship")
			tc.by(k)
			k.settle()
			k.opens(tc.want)
			if tc.want == 0 && k.at().Block != nil {
				t.Errorf("block %+v is left", k.at().Block)
			}
			k.replays()
			if name == "UNDO" {
				return // before it is recorded there is nothing to undo
			}
			k = heldTalk(t)
			k.blocks("hardship")
			tc.by(k)
			k.opens(0)
			k.settle()
			k.opens(tc.want)
			k.replays()
		})
	}
	t.Run("resolved, and taken up again", func(t *testing.T) {
		t.Parallel()
		k := blocked(t, "hardship")
		k.acts("resolve", "kept")
		k.settle()
		k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.paid", Facts: agreed}})
		k.in("agreed")
		k.opens(1)
		k.replays()
	})
}

// One case opens one by an exception, however often it comes by, also once that one was opened.
func TestExceptionOpensOne(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"hardship", "look-into"} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			k := blocked(t, option)
			k.answers("MENU")
			k.opens(0)
			k.blocks(option)
			k.settle()
			k.opens(1)
			k.fires("open")
			if k.reviews() != 1 {
				t.Fatalf("%d reviews were opened, want 1\n%s", k.reviews(), k.trail())
			}
			k.answers("MENU")
			k.blocks(option)
			k.settle()
			k.opens(0)
			k.because("has opened review before")
			k.replays()
		})
	}
	t.Run("resolved, taken up again and blocked again", func(t *testing.T) {
		t.Parallel()
		k := blocked(t, "look-into")
		k.acts("resolve", "agreed")
		k.opens(1)
		k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.failed"}})
		k.settle()
		k.in("menu")
		k.opens(1)
		k.now = k.now.Add(time.Hour)
		k.blocks("look-into")
		k.opens(1)
		if want := k.now.Add(day(3)); !k.openings()[0].Due.Equal(want) {
			t.Errorf("it opens at %v, want %v", k.openings()[0].Due, want)
		}
		k.replays()
	})
}
