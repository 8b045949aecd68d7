package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
)

// TestShippedTranscripts replays every shipped transcript: what the engine does is what is written, and all of it is covered.
func TestShippedTranscripts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := testWorkflows(t.Context(), "", false, &out); err != nil {
		t.Errorf("settle test = %v, want every scene as written and everything covered; it printed:\n%s", err, out.String())
	}
	for _, workflow := range []string{"lobby", "overdue-account", "promise-due"} {
		if !strings.Contains(out.String(), workflow+" ") {
			t.Errorf("settle test doesn't mention %s; it printed:\n%s", workflow, out.String())
		}
	}
}

// project copies the shipped lobby into a directory, so that a test can spoil it.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := copyLobby(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyLobby(dir string) error {
	return fs.WalkDir(content.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "workflows/") && !strings.HasPrefix(name, "workflows/lobby.") {
			return err
		}
		data, err := fs.ReadFile(content.FS, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "messages/") {
			data = lobbyOnly(data)
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), data, 0o600)
	})
}

// lobbyOnly is the message file without the sections of workflows that aren't there.
func lobbyOnly(data []byte) []byte {
	s := string(data)
	begin, end := strings.Index(s, "\noverdue-account:"), strings.Index(s, "\nlobby:")
	return []byte(s[:begin] + s[end:])
}

// edit replaces a text in a file, which must be there.
func edit(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s doesn't hold %q", path, old)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(data), old, new)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func tested(t *testing.T, dir string, update bool) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := testWorkflows(t.Context(), dir, update, &out)
	return out.String(), err
}

// TestWhatMakesATranscriptFail spoils a project in one way each, and asks that settle test says so.
func TestWhatMakesATranscriptFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		file, old, new string
		says           string
	}{
		{"a changed text", "messages/en.yaml", "Can we help?", "How can we help?", `+  > This is Acme Bank. Nothing is waiting for you here. How can we help?`},
		{"a changed arrow", "workflows/lobby.yaml", "{id: nothing, to: done}", "{id: nothing, to: asked-for-agent}", "+  [menu -> asked-for-agent]"},
		{"a removed scene", "", "", "", "not covered: exception not-understood"},
		{"a written answer", "workflows/lobby.transcript", "  ended: done", "  ended: well", "-  ended: well"},
		{"a new option", "workflows/lobby.yaml", "{id: nothing, to: done}]", "{id: nothing, to: done}, {id: continue, to: done}]", "not covered: option menu/continue"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := project(t)
			if tc.file == "" {
				cutScene(t, filepath.Join(dir, "workflows/lobby.transcript"), "Isn't understood, three times")
			} else {
				edit(t, filepath.Join(dir, tc.file), tc.old, tc.new)
			}
			out, err := tested(t, dir, false)
			if !errors.Is(err, errTest) || !strings.Contains(out, tc.says) {
				t.Errorf("settle test = %v, want %v and %q in:\n%s", err, errTest, tc.says, out)
			}
		})
	}
}

// cutScene takes one scene out of a transcript.
func cutScene(t *testing.T, path, title string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), "== "+title+"\n")
	if !found {
		t.Fatalf("%s has no scene %q", path, title)
	}
	_, after, _ := strings.Cut(rest, "\n== ")
	if err := os.WriteFile(path, []byte(before+"== "+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestUpdateWritesWhatHappens: from the author's lines alone --update makes the shipped transcript, and then nothing differs.
func TestUpdateWritesWhatHappens(t *testing.T) {
	t.Parallel()
	dir := project(t)
	path := filepath.Join(dir, "workflows/lobby.transcript")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, line := range strings.Split(string(want), "\n") {
		if !strings.HasPrefix(line, "  ") {
			own = append(own, line)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(own, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tested(t, dir, true); err != nil || !strings.Contains(out, "lobby.transcript: written") {
		t.Fatalf("settle test --update = %v, want the file written; it printed:\n%s", err, out)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("--update writes other than what is shipped:\n%s", difference("shipped", string(want), string(got)))
	}
}

// TestBadLines: what is wrong in a transcript is said with its file and line, in words that help.
func TestBadLines(t *testing.T) {
	t.Parallel()
	library, err := loadWorkflows("")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ written, says string }{
		{"< hello", "w:1: begin a scene"},
		{"== A\nhello", `w:2: "hello" isn't a line of a transcript`},
		{"== A\ngiven balanse=5.00", `w:2: fact "balanse": workflow overdue-account has none of that name; did you mean "balance"?`},
		{"== A\ngiven balance=lots", `w:2: fact "balance": `},
		{"== A\ngiven balance", "w:2: given balance: write name=value"},
		{"== A\ngiven promised=5.00", `w:2: fact "promised" is asked of the customer`},
		{"== A\ngiven part_least=5.00", `w:2: fact "part_least" is computed`},
		{"== A\n< 1\ngiven balance=5.00", "w:3: given: write it before the first message"},
		{"== A\n\n== A", `w:3: scene "A" is already written at line 1`},
		{"== A\nafter B", "w:2: after B: no earlier scene has that title"},
		{"== A\n\n== B\ngiven balance=60.00\nafter A", "w:5: after: write it as the scene's first line"},
		{"== A\nvariant c", `variant "c": no text has one of that name`},
		{"== A\nlanguage xx", `no texts in language "xx"; `},
		{"== A\n/next core.acount retry", `/next: no operation "core.acount"; did you mean "core.account"?`},
		{"== A\n/next core.account perhaps", `w:2: /next: "perhaps": an operation can be declined, retry, permanent or unknown`},
		{"== A\n/event psp.payd", `w:2: /event: workflow overdue-account knows no event "psp.payd"; did you mean "psp.paid"?`},
		{"== A\n/event psp.paid sum=5", `w:2: /event: "sum=5": write name=value; event psp.paid tells amount, reference`},
		{"== A\n/record nothing=1", `w:2: /record: fact "nothing"`},
		{"== A\n/record account_last4=1", `w:2: /record: fact "account_last4" isn't looked up`},
		{"== A\n/clock soon", "w:2: /clock: write it as /clock +30m"},
		{"== A\n/agent claim", "w:2: /agent: nothing here is with a person"},
		{"== A\n/agent resolve payed", `w:2: /agent: workflow overdue-account has no outcome "payed"; did you mean "paid"?`},
		{"== A\n/cluck +1h", `w:2: /cluck: there is no such line; did you mean "/clock"?`},
	} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := play(t.Context(), rehearsals(""), library.Named("overdue-account"), "w", tc.written)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("play(%q) = %v, want an error with %q", tc.written, err, tc.says)
			}
		})
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   string
		want time.Duration
		bad  bool
	}{
		{"30m", 30 * time.Minute, false}, {"3d", 72 * time.Hour, false}, {"1d2h", 26 * time.Hour, false}, {"0d", 0, false},
		{"d", 0, true}, {"99999d", 0, true}, {"-1d", 0, true}, {"soon", 0, true}, {"", 0, true},
	} {
		if got, err := duration(tc.in); got != tc.want && !tc.bad || (err != nil) != tc.bad {
			t.Errorf("duration(%q) = %v, %v; want %v, an error: %v", tc.in, got, err, tc.want, tc.bad)
		}
	}
}

// TestStillClock: a transcript's clock shows what it was moved to, however long the machine takes.
func TestStillClock(t *testing.T) {
	t.Parallel()
	library, err := loadWorkflows("")
	if err != nil {
		t.Fatal(err)
	}
	st, err := newStage(context.Background(), library, rehearsedStart, true)
	if err != nil {
		t.Fatal(err)
	}
	defer st.end()
	st.move(time.Hour)
	st.ahead += 24 * time.Hour // as if the machine had taken a day
	now, err := st.store.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if off := now.Sub(rehearsedStart.Add(time.Hour)); off < -time.Minute || off > time.Minute {
		t.Errorf("the clock is %v off, want less than a minute", off)
	}
}

// TestOnlyItsOwnCasesCover: a state of the same name in a workflow that is opened later covers nothing.
func TestOnlyItsOwnCasesCover(t *testing.T) {
	t.Parallel()
	library, err := loadWorkflows("")
	if err != nil {
		t.Fatal(err)
	}
	c := newCoverage(library.Named("overdue-account"))
	c.entry(fsm.Entry{From: "hello", Chose: "continue", Path: []string{"menu"}}, "promise-due")
	if c.states["menu"] || c.options["hello/continue"] {
		t.Errorf("a case of promise-due covers states %v, options %v of overdue-account, want none", c.states["menu"], c.options["hello/continue"])
	}
	c.entry(fsm.Entry{From: "hello", Chose: "continue", Path: []string{"menu"}}, "overdue-account")
	if !c.states["menu"] || !c.options["hello/continue"] {
		t.Errorf("its own case covers states %v, options %v, want both", c.states["menu"], c.options["hello/continue"])
	}
}

// TestWhatCantHappenIsNotAsked: an exception that the fragment brings and the lobby can never come to needs no scene.
func TestWhatCantHappenIsNotAsked(t *testing.T) {
	t.Parallel()
	library, err := loadWorkflows("")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(newCoverage(library.Named("lobby")).exceptions))
	if want := []string{"asked-for-agent", "not-understood"}; !slices.Equal(got, want) {
		t.Errorf("exceptions of the lobby = %v, want %v", got, want)
	}
	got = slices.Sorted(maps.Keys(newCoverage(library.Named("overdue-account")).exceptions))
	if want := slices.Sorted(maps.Keys(library.Named("overdue-account").Exceptions)); !slices.Equal(got, want) {
		t.Errorf("exceptions of overdue-account = %v, want all: %v", got, want)
	}
}

// TestAFaultIsNoTranscript: an event that could not be stepped ends the replay, and --update writes nothing.
func TestAFaultIsNoTranscript(t *testing.T) {
	t.Parallel()
	if err := fault(fsm.Entry{Because: []string{"said hello", "quarantined: no such arrow"}}); err == nil || !strings.Contains(err.Error(), "no such arrow") {
		t.Errorf("fault = %v, want an error with the reason", err)
	}
	if err := fault(fsm.Entry{Because: []string{"said hello"}}); err != nil {
		t.Errorf("fault of an event that was stepped = %v, want none", err)
	}
}

// TestDaytime: chat begins at an hour and on a day on which a bank may write first.
func TestDaytime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ now, want string }{
		{"2026-11-24T10:30:00Z", "2026-11-24T10:30:00Z"}, // a Tuesday
		{"2026-11-24T23:30:00Z", "2026-11-24T10:00:00Z"},
		{"2026-11-28T10:30:00Z", "2026-11-30T10:00:00Z"}, // a Saturday
		{"2026-11-29T03:00:00Z", "2026-11-30T10:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := daytime(now).UTC().Format(time.RFC3339); got != tc.want {
			t.Errorf("daytime(%s) = %s, want %s", tc.now, got, tc.want)
		}
	}
}
