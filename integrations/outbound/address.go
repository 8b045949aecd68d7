package outbound

import (
	"fmt"
	"net/netip"
)

// never are the addresses that no system of record has, whatever is configured: this network, link-local (cloud metadata
// lives there), the providers' metadata elsewhere, multicast, documentation, reserved, and tunnels that hide an inner address.
var never = prefixes("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "168.63.129.16/32",
	"::/128", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	"fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128")

// inside are the addresses that AllowPrivate opens.
var inside = prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "::1/128", "fc00::/7")

// nat64 leads to the IPv4 address in its last four bytes: that one is judged too.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, p := range all {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// control runs with the very address that is about to be connected to.
func control(network, address string, private bool) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: network %s", ErrRefused, network)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: not an address", ErrRefused)
	}
	return judge(at.Addr(), private)
}

func judge(ip netip.Addr, private bool) error {
	ip = ip.Unmap().WithZone("") // a prefix contains no address with a zone
	if nat64.Contains(ip) {
		if !private {
			return fmt.Errorf("%w: a NAT64 address; set allow_private where the network has no IPv4", ErrRefused)
		}
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
		private = false // what is behind a translator isn't in this network
	}
	within := func(list []netip.Prefix) bool {
		for _, p := range list {
			if p.Contains(ip) {
				return true
			}
		}
		return false
	}
	switch {
	case ip == netip.IPv6Loopback() && private: // ::/96 holds it
		return nil
	case within(never):
		return fmt.Errorf("%w: a link-local, metadata or reserved address", ErrRefused)
	case within(inside) && !private:
		return fmt.Errorf("%w: a private address; set allow_private where it is meant", ErrRefused)
	}
	return nil
}
