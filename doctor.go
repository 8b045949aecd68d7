package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/channels"
)

func newDoctorCommand() *cobra.Command {
	var (
		path   string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what of a set-up is in order, what isn't, and what to set at the provider",
		Long: `Looks at everything that settle serve rests on, and prints each check as it ends: the configuration and what it refers to,
the workflows, Redis, the keyset, the clock, public_url, the channels' credentials, the systems' declarations. Below that it
prints what to set at each channel's provider.

It changes nothing, calls no provider and no system of record, and prints no secret. Each check is ok, warn (it may be meant)
or fail (serve doesn't start, or something is lost).

--json prints one object a line: {"check":...,"status":...,"found":...,"do":...}, then {"channel":...,"set":...,"to":...,"why":...}.
Exits with 1 where something fails, with 2 where there is no configuration to look at.`,
		Example: `  settle doctor
  settle doctor --config settle.yaml --json | jq -r 'select(.status == "fail") | .do'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return wrongUsage(fmt.Errorf("look at %s: there is no such file: name the configuration with --config, or begin with settle init", path))
			}
			d := newDoctor(path, cmd.OutOrStdout(), asJSON)
			d.examine(cmd.Context())
			switch {
			case d.unwritten != nil:
				return fmt.Errorf("print: %w", d.unwritten)
			case d.failed:
				return errDoctor
			}
			return nil
		},
	}
	configFlag(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// errDoctor says that something fails; it has been printed.
var errDoctor = errors.New("something has to be put right")

// How a check may end.
const (
	fine = "ok"
	odd  = "warn"
	ill  = "fail"
)

// doctor looks at a set-up. Its checks print what they find as they end.
type doctor struct {
	path   string
	out    io.Writer
	asJSON bool

	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	http    *http.Client
	now     func() time.Time

	failed    bool
	unwritten error // the first line that could not be printed
}

func newDoctor(path string, out io.Writer, asJSON bool) *doctor {
	return &doctor{
		path: path, out: out, asJSON: asJSON, now: time.Now,
		resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		http: &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// patience is how long one check may wait for an answer.
const patience = 5 * time.Second

// says prints how a check has ended. What to do is part of everything that isn't ok.
func (d *doctor) says(status, check, found, do string) {
	d.failed = d.failed || status == ill
	if d.asJSON {
		d.object(struct {
			Check  string `json:"check"`
			Status string `json:"status"`
			Found  string `json:"found"`
			Do     string `json:"do,omitempty"`
		}{check, status, found, do})
		return
	}
	d.print("%-4s  %-13s  %s\n", status, check, found)
	if do != "" {
		d.print("%21s%s\n", "", "-> "+do)
	}
}

func (d *doctor) ok(check, found string)        { d.says(fine, check, found, "") }
func (d *doctor) warns(check, found, do string) { d.says(odd, check, found, do) }
func (d *doctor) fails(check, found, do string) { d.says(ill, check, found, do) }

// advises prints what to set at a channel's provider.
func (d *doctor) advises(channel string, settings []channels.Setting) {
	if !d.asJSON {
		d.print("\nAt the provider of channel %s, set\n", channel)
	}
	for _, s := range settings {
		if d.asJSON {
			d.object(struct {
				Channel string `json:"channel"`
				Set     string `json:"set"`
				To      string `json:"to"`
				Why     string `json:"why"`
			}{channel, s.Name, s.Value, s.Why})
			continue
		}
		d.print("  %s\n    %s\n    (%s)\n", s.Name, s.Value, s.Why)
	}
}

func (d *doctor) object(v any) {
	e := json.NewEncoder(d.out)
	e.SetEscapeHTML(false)
	d.note(e.Encode(v))
}

func (d *doctor) print(format string, args ...any) {
	_, err := fmt.Fprintf(d.out, format, args...)
	d.note(err)
}

func (d *doctor) note(err error) {
	if d.unwritten == nil {
		d.unwritten = err
	}
}
