package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
)

func newChatCommand() *cobra.Command {
	var (
		dir, language string
		facts         []string
		asJSON        bool
	)
	c := &cobra.Command{
		Use:   "chat [WORKFLOW]",
		Short: "A customer's thread in the terminal, with the real engine",
		Long: `A customer's thread in the terminal: the engine that serve runs, with a store in this process and systems of
record that only pretend. Lines are what the customer types; they may come from a pipe.

  /clock +25h                               the time moves on
  /event psp.paid amount=1250.00            a system of record reports
  /next core.record-promise declined limit  its next call is declined (or: retry, permanent, unknown)
  /agent claim | return | resolve OUTCOME   a person at the desk acts

To be recognised, answer with 14 march 2196: the sample customer's day of birth and postcode.`,
		Example: `  settle chat
  settle chat overdue-account --fact balance=300.00 --fact days_past_due=45
  printf '1\n14 march 2196\n5\n1\n' | settle chat --json | tail -1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "overdue-account"
			if len(args) == 1 {
				name = args[0]
			}
			given := make(map[string]string)
			for _, f := range facts {
				k, v, ok := strings.Cut(f, "=")
				if !ok {
					return fmt.Errorf("--fact %s: write it as --fact name=value", f)
				}
				given[k] = v
			}
			library, err := loadWorkflows(dir)
			if err != nil {
				return err
			}
			w := library.Named(name)
			if w == nil {
				return noWorkflow(library, name)
			}
			return chat(cmd.Context(), library, w, given, language, cmd.InOrStdin(), newSpeaker(cmd.OutOrStdout(), asJSON))
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "the directory with settle.yaml and workflows/ (default: what is compiled in)")
	c.Flags().StringArrayVar(&facts, "fact", nil, "a fact of the case, name=value; - leaves it out")
	c.Flags().StringVar(&language, "language", "en", "the customer's language")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a message, and the case as the last line")
	return c
}

// chat plays one thread from in to out.
func chat(ctx context.Context, library *fsm.Library, w *fsm.Workflow, facts map[string]string, language string, in io.Reader, out *speaker) error {
	st, err := newStage(ctx, library, daytime(time.Now()))
	if err != nil {
		return err
	}
	defer st.end()
	out.note("Settle in this process: the store is lost when it ends, and systems of record only pretend. /clock +25h moves the time.")
	t, err := st.open(ctx, w, facts, language)
	if err != nil {
		return err
	}
	if err := out.messages(t); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		out.typed(line)
		if strings.HasPrefix(line, "/") {
			err = t.direct(ctx, line)
		} else {
			err = t.says(ctx, line)
		}
		if err != nil {
			out.note(err.Error())
		}
		if err := out.messages(t); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read what the customer types: %w", err)
	}
	return out.last(ctx, t)
}

// daytime is now, or ten in the morning where somebody chats at an hour at which the bank may not write first.
func daytime(now time.Time) time.Time {
	if h := now.UTC().Hour(); h >= 8 && h < 16 {
		return now
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 10, 0, 0, 0, time.UTC)
}

// speaker writes a chat for a person or for a program.
type speaker struct {
	w        io.Writer
	json     bool
	terminal bool
}

func newSpeaker(w io.Writer, asJSON bool) *speaker {
	f, ok := w.(*os.File)
	return &speaker{w: w, json: asJSON, terminal: ok && isTerminal(f)}
}

func (s *speaker) note(text string) {
	if !s.json {
		fmt.Fprintf(s.w, "(%s)\n", text)
	}
}

// typed repeats what came through a pipe, so that the output reads as a thread.
func (s *speaker) typed(line string) {
	if !s.json && !s.terminal {
		fmt.Fprintf(s.w, "> %s\n", line)
	}
}

func (s *speaker) messages(t *thread) error {
	for _, m := range t.heard() {
		if !s.json {
			fmt.Fprintf(s.w, "< %s\n", strings.ReplaceAll(m.Rendered.Text, "\n", "\n  "))
			continue
		}
		options := []string{}
		for _, c := range m.Outbound.Message.Choices {
			options = append(options, c.Label)
		}
		if err := s.object(struct {
			From    string   `json:"from"`
			Text    string   `json:"text"`
			Options []string `json:"options"`
		}{"bot", m.Outbound.Message.Text, options}); err != nil {
			return err
		}
	}
	return nil
}

// last is the case as it stands at the end.
func (s *speaker) last(ctx context.Context, t *thread) error {
	v, c, err := t.view(ctx)
	if err != nil {
		return err
	}
	if !s.json {
		fmt.Fprintf(s.w, "(case %s%s, recognised as %s%s)\n", where(v), ending(v), v.Assurance, queueOf(v))
		return nil
	}
	type handoff struct {
		Reason string `json:"reason"`
		Queue  string `json:"queue"`
	}
	var h *handoff
	if c.Handoff != nil {
		h = &handoff{c.Handoff.Reason, c.Handoff.Queue}
	}
	return s.object(struct {
		Case       string   `json:"case"`
		State      string   `json:"state"`
		Outcome    string   `json:"outcome"`
		Assurance  string   `json:"assurance"`
		Writebacks []string `json:"writebacks"`
		Handoff    *handoff `json:"handoff"`
	}{v.Case, v.State, v.Outcome, v.Assurance, v.Writebacks, h})
}

func (s *speaker) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.w, "%s\n", line)
	return err
}

func where(v bot.CaseView) string { return "in " + v.State }

func ending(v bot.CaseView) string {
	if v.Outcome == "" || v.Ended == nil {
		return ""
	}
	return ", ended " + v.Outcome
}

func queueOf(v bot.CaseView) string {
	if v.Queue == "" {
		return ""
	}
	return ", with queue " + v.Queue
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func noWorkflow(library *fsm.Library, name string) error {
	return fmt.Errorf("no workflow %q: there are %s", name, strings.Join(slices.Sorted(maps.Keys(library.All())), ", "))
}
