package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/internal/nearest"
	"github.com/settle-chat/settle/store"
)

func newPauseCommand() *cobra.Command {
	return newStatusCommand(store.CampaignPaused, &cobra.Command{
		Use:   "pause CAMPAIGN",
		Short: "Stops a campaign until it is resumed",
		Long: `Enrols nobody more and lets nothing more leave that the campaign begins: first messages and reminders wait, and keep what
time they have. A launch that is running waits too. Whoever writes is answered all the same. It holds from the next message on,
in every process.`,
		Example: "  settle pause november-overdue",
	})
}

func newResumeCommand() *cobra.Command {
	return newStatusCommand(store.CampaignRunning, &cobra.Command{
		Use:   "resume CAMPAIGN",
		Short: "Lets a paused campaign go on",
		Long: `Lets a paused campaign go on. A launch that waits enrols on within a second; if it has ended, launch the file again. Messages
that waited leave within a minute, at the campaign's pace. After those that were to be tried first it lets the next launch
enrol the others.`,
		Example: "  settle resume november-overdue",
	})
}

func newCancelCommand() *cobra.Command {
	return newStatusCommand(store.CampaignCancelled, &cobra.Command{
		Use:   "cancel CAMPAIGN",
		Short: "Ends a campaign for good",
		Long: `Enrols nobody more and drops first messages and reminders that haven't left. Whoever has written by then goes on and is
answered; the cases of the others end by themselves once their silence is over, and nobody is handed to a person for it. It
can't be undone: a campaign that is launched afterwards needs another name, and opens no second case
where a workflow allows one at a time and the first is still open.`,
		Example: "  settle cancel november-overdue",
	})
}

// newStatusCommand makes a command that gives a campaign a status.
func newStatusCommand(to store.CampaignStatus, c *cobra.Command) *cobra.Command {
	var (
		path   string
		asJSON bool
	)
	c.Args = cobra.ExactArgs(1)
	c.RunE = look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error { return l.setCampaign(ctx, args[0], to) })
	lookFlags(c, &path, &asJSON)
	return c
}

func (l looked) setCampaign(ctx context.Context, name string, to store.CampaignStatus) error {
	c, before, err := l.store.SetCampaign(ctx, name, to)
	if errors.Is(err, store.ErrNotFound) {
		return l.noCampaign(ctx, name)
	}
	if err != nil {
		return err
	}
	if c.Status != to {
		return fmt.Errorf("campaign %s was cancelled on %s, which is for good", name, minute(c.Changed))
	}
	if l.json {
		return json.NewEncoder(l.out).Encode(map[string]string{"campaign": name, "status": string(c.Status), "before": string(before)})
	}
	if before == to {
		_, err = fmt.Fprintf(l.out, "%s: %s already, since %s\n", name, c.Status, minute(c.Changed))
		return err
	}
	_, err = fmt.Fprintf(l.out, "%s: %s, was %s\n", name, c.Status, before)
	return err
}

func (l looked) noCampaign(ctx context.Context, name string) error {
	names, err := l.store.Campaigns(ctx)
	if err != nil {
		return err
	}
	if near := nearest.Name(name, names); near != "" {
		return fmt.Errorf("campaign %q: there is none: did you mean %q?", name, near)
	}
	return fmt.Errorf("campaign %q: none of that name was launched here", name)
}
