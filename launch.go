package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/campaign"
	"github.com/settle-chat/settle/policy"
)

func newLaunchCommand() *cobra.Command {
	var (
		path   string
		asJSON bool
		yes    bool
	)
	c := &cobra.Command{
		Use:   "launch FILE",
		Short: "Opens a case for each row of an audience, once",
		Long: `Reads a campaign's file and its CSV audience and says what a launch would do: which rows can't be used and why, how many
are enrolled already, how many cases it would open and how long that takes at the campaign's pace. With --yes it does it.

Each row is enrolled once: launch again after a crash, or with a longer file, and it goes on. Rows that can't be used go to
AUDIENCE.refused.csv with the reason in the last column; a row that can't be used stops nothing.

Launching only opens cases, at the campaign's pace; settle serve sends, within the hours that the rules allow, and at the
same pace where many messages have waited for the morning. Where the file names some to be tried first only those are
enrolled; settle resume lets the next launch go on with the others.`,
		Example: `  settle launch campaigns/overdue.yaml
  settle launch campaigns/overdue.yaml --yes
  settle launch campaigns/overdue.yaml --json | jq .reasons`,
		Args: cobra.ExactArgs(1),
	}
	c.RunE = look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error { return l.launch(ctx, args[0], yes) })
	lookFlags(c, &path, &asJSON)
	c.Flags().BoolVar(&yes, "yes", false, "do it; without it nothing is opened")
	return c
}

func (l looked) launch(ctx context.Context, file string, yes bool) error {
	f, err := campaign.Read(file)
	if err != nil {
		return err
	}
	library, err := storedLibrary(ctx, l.store)
	if err != nil {
		return err
	}
	if len(library.All()) == 0 {
		return errors.New("no workflow is served here yet: start settle serve with this configuration first")
	}
	plan, err := f.Bind(library, slices.Sorted(maps.Keys(l.config.Channels)))
	if err != nil {
		return err
	}
	launcher := &campaign.Launcher{Store: l.store, Bot: bot.New(bot.Options{
		Store: l.store, Library: library, Checks: checks(), Rules: policy.DefaultRules(), Log: newLogger(l.errOut, "warn"), CommitOnly: true,
	})}
	survey, err := launcher.Survey(ctx, plan)
	if err != nil {
		return err
	}
	if err := l.surveyed(survey, plan, yes); err != nil || !yes {
		return err
	}
	bar := newProgress(l.errOut, survey.Open+survey.Enrolled)
	launcher.Progress = bar.told
	result, err := launcher.Launch(ctx, plan)
	bar.end()
	if err == nil {
		return l.launched(result, plan)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted, %d cases opened: launch it again, it goes on", result.Opened)
	}
	return err
}

// surveyed prints what a launch would do.
func (l looked) surveyed(s campaign.Survey, p *campaign.Plan, yes bool) error {
	if l.json {
		return json.NewEncoder(l.out).Encode(s)
	}
	t := newTable(l.out, "CAMPAIGN "+s.Campaign, "ROWS")
	t.row("in the audience", strconv.Itoa(s.Rows))
	t.row("can't be used", strconv.Itoa(s.Refused))
	for _, r := range s.Reasons[:min(len(s.Reasons), mostReasons)] {
		t.row("  "+r.Name, strconv.Itoa(r.Rows))
	}
	for _, c := range s.LeftOut {
		name := "left out: not " + c.Name
		if c.Name == campaign.Control {
			name = "left out as control"
		}
		t.row(name, strconv.Itoa(c.Rows))
	}
	t.row("enrolled already", strconv.Itoa(s.Enrolled))
	t.row("to be enrolled", strconv.Itoa(s.Open))
	for _, c := range s.Channels {
		t.row("  first by "+c.Name, strconv.Itoa(c.Rows))
	}
	for _, c := range s.Languages {
		t.row("  in "+c.Name, strconv.Itoa(c.Rows))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if s.Seconds > 0 {
		fmt.Fprintf(l.out, "At its pace that takes %s.\n", s.Takes())
	}
	if s.Refused > 0 {
		fmt.Fprintf(l.out, "The rows that can't be used are in %s.\n", p.RefusedCSV())
	}
	if !yes {
		fmt.Fprintf(l.out, "Nothing was done. With --yes it is.\n")
	}
	return nil
}

// mostReasons are printed, the most frequent first; the file has all of them.
const mostReasons = 8

func (l looked) launched(r campaign.Result, p *campaign.Plan) error {
	if l.json {
		return json.NewEncoder(l.out).Encode(r)
	}
	fmt.Fprintf(l.out, "%s opened, %s enrolled before.\n", count(r.Opened, "case"), count(r.Existed, "row"))
	if r.Trying {
		fmt.Fprintf(l.out, "Only those to be tried first: settle resume %s, then launch it again for the others.\n", p.Name)
	}
	return nil
}
