package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// publicURL looks at where providers are to reach us, as far as that can be seen from here.
func (d *doctor) publicURL(ctx context.Context, address string) {
	const check = "public_url"
	if address == "" {
		return // configuration has said so
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		d.fails(check, "isn't an address", "write it as https://chat.acme.example")
		return
	}
	host := u.Hostname()
	if placeholder(host) {
		d.fails(check, host+" is an example's name", "write the name under which providers reach this service")
		return
	}
	if u.Scheme != "https" {
		d.warns(check, address+" isn't https: it is for this machine alone", "for customers, put a proxy that ends TLS before it, and write its https address")
	}
	if !d.resolves(ctx, check, host) {
		return
	}
	d.reached(ctx, check, address)
}

// placeholder: names that are nobody's (RFC 2606).
func placeholder(host string) bool {
	host = "." + strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.ContainsFunc([]string{".example", ".test", ".invalid", ".example.com", ".example.net", ".example.org"}, func(end string) bool {
		return strings.HasSuffix(host, end)
	})
}

// resolves says whether there is an address to ask.
func (d *doctor) resolves(ctx context.Context, check, host string) bool {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	found, err := d.resolve(ctx, host)
	dns := new(net.DNSError)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		d.fails(check, "nobody knows the name "+host, "have it entered into the DNS")
		return false
	case err != nil || len(found) == 0:
		d.warns(check, "this machine can't look names up: it may be offline, and nothing can be said from here", "ask from a machine on the internet")
		return false
	}
	for _, a := range found {
		if a = a.Unmap(); a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || shared.Contains(a) {
			d.warns(check, host+" is a private address here: providers can't reach it", "enter a public one into the DNS, unless names differ outside")
			break
		}
	}
	return true
}

// shared is what carriers use behind their own translation of addresses.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// reached asks for a page that isn't there: any answer will do.
func (d *doctor) reached(ctx context.Context, check, address string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+"/healthz", http.NoBody)
	if err != nil {
		d.fails(check, "isn't an address", "write it as https://chat.acme.example")
		return
	}
	answer, err := d.http.Do(r)
	certificate, timeout := new(tls.CertificateVerificationError), net.Error(nil)
	switch {
	case err == nil:
		_ = answer.Body.Close()
		d.ok(check, fmt.Sprintf("%s answers (HTTP %d)", address, answer.StatusCode))
	case errors.As(err, &certificate):
		d.fails(check, "its certificate isn't good: "+certificate.Err.Error(), "give the proxy a certificate for this name, from a public authority")
	case errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH):
		d.warns(check, "this machine has no way there: it may be offline, and nothing can be said from here", "ask from a machine on the internet")
	case errors.As(err, &timeout) && timeout.Timeout():
		d.warns(check, fmt.Sprintf("nothing answers within %s from here: a firewall may let only others in", patience), "ask from a machine on the internet")
	default:
		d.fails(check, "nothing answers there", "start settle serve, and the proxy before it")
	}
}
