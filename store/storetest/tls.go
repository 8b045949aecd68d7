package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Encrypted starts a server that takes encrypted connections on its port, and returns the CA made for it, as PEM.
func Encrypted(t testing.TB, args ...string) (s *Server, ca string) {
	t.Helper()
	c := newCertificate(t)
	s = prepared(t, nil)
	s.listenEncrypted(freePorts(t, 1)[0], c, args...)
	s.Start()
	return s, c.ca
}

// certificate is what servers on loopback show, and who has signed it.
type certificate struct {
	ca    string   // as PEM
	files []string // settings of redis-server, and of a Sentinel without their dashes
}

// listenEncrypted is listen for encrypted connections alone, those between servers too.
func (s *Server) listenEncrypted(port string, c certificate, args ...string) {
	s.listen("0", append(append([]string{"--tls-port", port, "--tls-replication", "yes"}, c.files...), args...)...)
	s.addr = net.JoinHostPort("127.0.0.1", port)
}

// newCertificate makes a CA, and a certificate of its for 127.0.0.1. It is gone when the test ends.
func newCertificate(t testing.TB) certificate {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("make a certificate: %v", err)
		}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	now := time.Now()
	issuer := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis"}, NotBefore: issuer.NotBefore, NotAfter: issuer.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, // a Cluster's servers are both
	}
	caDER, err := x509.CreateCertificate(rand.Reader, issuer, issuer, &caKey.PublicKey, caKey)
	must(err)
	serverDER, err := x509.CreateCertificate(rand.Reader, server, issuer, &key.PublicKey, caKey)
	must(err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	must(err)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})

	dir := t.TempDir()
	c := certificate{ca: string(ca), files: []string{"--tls-auth-clients", "no"}}
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: serverDER}, "key": {Type: "EC PRIVATE KEY", Bytes: keyDER}, "ca-cert": {Type: "CERTIFICATE", Bytes: caDER}} {
		file := filepath.Join(dir, name+".pem")
		must(os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
		c.files = append(c.files, "--tls-"+name+"-file", file)
	}
	return c
}
