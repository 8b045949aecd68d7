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
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	caDER, err := x509.CreateCertificate(rand.Reader, issuer, issuer, &caKey.PublicKey, caKey)
	must(err)
	serverDER, err := x509.CreateCertificate(rand.Reader, server, issuer, &key.PublicKey, caKey)
	must(err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	must(err)
	ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}))

	s = prepared(t, nil)
	files := make(map[string]string)
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: serverDER}, "key": {Type: "EC PRIVATE KEY", Bytes: keyDER}, "ca": {Type: "CERTIFICATE", Bytes: caDER}} {
		files[name] = filepath.Join(s.dir, name+".pem")
		must(os.WriteFile(files[name], pem.EncodeToMemory(block), 0o600))
	}
	port := freePorts(t, 1)[0]
	s.listen("0", append([]string{"--tls-port", port, "--tls-cert-file", files["cert"], "--tls-key-file", files["key"], "--tls-ca-cert-file", files["ca"],
		"--tls-auth-clients", "no"}, args...)...)
	s.addr = net.JoinHostPort("127.0.0.1", port)
	s.Start()
	return s, ca
}
