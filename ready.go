package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/config"
)

func newReadyCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "ready",
		Short: "Ask the service on this machine whether it is ready",
		Long: `Asks /readyz at the configuration's admin_listen, and ends with 0 where a running settle serve says that it is ready: Redis
answers, and what is due is being done. For a container's health check, where there is no other program to ask with;
Kubernetes asks /readyz itself.`,
		Example: "  settle ready --config /etc/settle/settle.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Shape(path)
			if err != nil {
				return err
			}
			return ready(cmd.Context(), c.AdminListen)
		},
	}
	configFlag(c, &path)
	return c
}

// readyWithin is how long an answer is waited for.
const readyWithin = 5 * time.Second

func ready(ctx context.Context, listen string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("admin_listen %q: %w", listen, err)
	}
	// It listens everywhere, so here too. By number: an empty image knows no localhost.
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		if host = "127.0.0.1"; err == nil && ip.Is6() {
			host = "::1"
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	address := "http://" + net.JoinHostPort(host, port) + "/readyz"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("nobody answers: is settle serve running with this configuration? %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: its log says why", address, answer.Status)
	}
	return nil
}
