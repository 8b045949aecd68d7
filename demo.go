package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/campaign/clients"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/demo"
)

func newDemoCommand() *cobra.Command {
	var (
		port      int
		noBrowser bool
		chaos     string
		played    int
	)
	c := &cobra.Command{
		Use:   "demo",
		Short: "Everything in one process, to be played with: a phone, a desk, a ledger",
		Long: `Runs the engine that serve runs, with simulated telephones, a small ledger for the bank and a clock that can be moved,
and opens its pages in a browser. Nothing has to be installed and nothing leaves this machine. Ctrl-C ends it, and all of its
state with it; a second demo beside it takes the next free port.

--chaos makes the network between bank and telephones misbehave, in shares: throttle (the provider says later), fail (a message
is never delivered), ambiguous (its answer is lost), duplicate (its webhooks come twice), reorder, and delay up to a time.

--campaign launches a campaign over so many customers who answer by themselves, some a second: they pay, promise, dispute,
mistype, opt out or say nothing, while the ledger's and the desk's pages fill. What has come of it is said when the demo ends.`,
		Example: `  settle demo
  settle demo --port 9000 --no-browser
  settle demo --chaos throttle=5%,duplicate=20%,delay=30s
  settle demo --campaign 1000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			how, err := simulator.ParseChaos(chaos)
			if err != nil {
				return wrongUsage(fmt.Errorf("--chaos: %w", err))
			}
			if played < 0 || played > clients.MostMade {
				return wrongUsage(fmt.Errorf("--campaign: from 1 to %d customers", clients.MostMade))
			}
			listener, err := listenFrom(port)
			if err != nil {
				return err
			}
			open := openBrowser
			if noBrowser {
				open = nil
			}
			return runDemo(cmd.Context(), listener, how, played, cmd.OutOrStdout(), cmd.ErrOrStderr(), open)
		},
	}
	c.Flags().IntVar(&port, "port", 8765, "where its pages are; the next free one where it is taken")
	c.Flags().BoolVar(&noBrowser, "no-browser", false, "don't open a browser")
	c.Flags().StringVar(&chaos, "chaos", "", "how the network misbehaves, for example duplicate=20%,delay=30s")
	c.Flags().IntVar(&played, "campaign", 0, "how many customers a campaign has that answer by themselves, at most 1000")
	return c
}

// portsTried is how many ports are tried, from the one asked for.
const portsTried = 50

// listenFrom listens on a port of this machine only, or on the next free one after it.
func listenFrom(port int) (net.Listener, error) {
	var err error
	for p := port; p < port+portsTried; p++ {
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p))); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("listen on port %d or one of the %d after it: %w: name another with --port", port, portsTried-1, err)
}

// runDemo runs the demo until ctx ends. open opens its pages and may be nil.
func runDemo(ctx context.Context, listener net.Listener, chaos simulator.Chaos, played int, out, errOut io.Writer, open func(url string) error) (err error) {
	url := "http://" + listener.Addr().String()
	fmt.Fprintf(out, "Settle, the demo: starting the engine, telephones and a ledger in this process.\n")
	dir, err := os.MkdirTemp("", "settle-demo-")
	if err != nil {
		return fmt.Errorf("make a directory for the ledger: %w", err)
	}
	defer func() {
		if err = errors.Join(err, os.RemoveAll(dir)); err == nil { // said last, once it is so
			fmt.Fprintln(out, "The demo has ended, and nothing of it is left.")
		}
	}()
	d, end, err := openDemo(ctx, dir, chaos, played, errOut)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer end()
	server := &http.Server{Handler: d.Handler(), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(out, `
  %s/         the story, one minute
  %s/sim      the phone, and what the engine knows
  %s/desk     the desk
  %s/ledger   the ledger, and a switch that makes it fail

Ctrl-C ends it. Its state ends with it.
`, url, url, url, url)
	if open != nil {
		if err := open(url + "/"); err != nil {
			fmt.Fprintf(errOut, "settle: no browser could be opened (%v): open %s/ yourself\n", err, url)
		}
	}
	select {
	case err = <-served:
		return fmt.Errorf("serve %s: %w", url, err)
	case <-ctx.Done():
	}
	d.EndStreams() // they never end by themselves
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainRequests)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		_ = server.Close()
	}
	if played > 0 {
		d.Report(out)
	}
	return nil
}

// openDemo opens a demo of the shipped workflows, its ledger in dir. end ends it and closes the ledger.
func openDemo(ctx context.Context, dir string, chaos simulator.Chaos, played int, errOut io.Writer) (d *demo.Demo, end func(), err error) {
	c, err := shipped()
	if err != nil {
		return nil, nil, err
	}
	library, err := loadWorkflows("")
	if err != nil {
		return nil, nil, err
	}
	for _, w := range library.All() { // the same thread every time
		w.PinVariants("a")
	}
	clock := demo.NewClock(demo.Morning(time.Now()))
	c.DataDir = dir
	plugins, err := openPluginsAt(c, clock.Now)
	if err != nil {
		return nil, nil, err
	}
	d, err = demo.Open(ctx, demo.Options{
		Clock: clock, Library: library, Systems: plugins.systems, Checks: checks(), Chaos: chaos, Seed: 1, Log: newLogger(errOut, "warn"),
		Campaign: played, Dir: dir,
	})
	if err != nil {
		plugins.close()
		return nil, nil, err
	}
	return d, func() {
		d.Close()
		plugins.close()
	}, nil
}

// openBrowser opens a page in the browser of whoever started the demo.
func openBrowser(url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return errors.New("there is no screen here")
		}
	}
	c := exec.Command(name, args...)
	if err := c.Start(); err != nil {
		return err
	}
	go func() { _ = c.Wait() }() // it ends by itself: the browser goes on
	return nil
}
