// Package devca makes the certificate authority and server certificate that a development gateway shows, once for each data
// folder, so that a person trusts it once. It is no place to get certificates for anything else.
package devca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"hevlayer.com/layer/policy"
)

// Certificate is a server certificate with its key, and the file of the authority that signed it.
type Certificate struct {
	CAFile     string
	Chain      []byte
	PrivateKey policy.Secret
}

const (
	caName     = "ca.pem"
	chainName  = "server.pem"
	keyName    = "server.key"
	caLife     = 10 * 365 * 24 * time.Hour
	serverLife = 825 * 24 * time.Hour
	// renewBefore is how close to its end a certificate is replaced.
	renewBefore = 30 * 24 * time.Hour
)

// Ensure returns the certificate kept in a folder, made now if there is none or it is about to end. The authority's key is
// not kept: nothing else can be signed with it.
func Ensure(dir string, now time.Time) (Certificate, error) {
	c, err := load(dir, now)
	if err == nil {
		return c, nil
	}
	if !errors.Is(err, errStale) {
		return Certificate{}, err
	}
	if err := create(dir, now); err != nil {
		return Certificate{}, fmt.Errorf("make development certificate in %s: %w", dir, err)
	}
	return load(dir, now)
}

var errStale = errors.New("no usable certificate")

func load(dir string, now time.Time) (Certificate, error) {
	c := Certificate{CAFile: filepath.Join(dir, caName)}
	var err error
	c.Chain, err = os.ReadFile(filepath.Join(dir, chainName)) // #nosec G304 -- below the data folder
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Certificate{}, errStale
	case err != nil:
		return Certificate{}, fmt.Errorf("read development certificate: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, keyName)) // #nosec G304 -- below the data folder
	if err != nil {
		return Certificate{}, fmt.Errorf("read development certificate: %w", err)
	}
	c.PrivateKey = policy.NewSecret(string(key))
	block, _ := pem.Decode(c.Chain)
	if block == nil {
		return Certificate{}, fmt.Errorf("read development certificate: %s holds no PEM block", filepath.Join(dir, chainName))
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return Certificate{}, fmt.Errorf("read development certificate: %w", err)
	}
	if now.Add(renewBefore).After(leaf.NotAfter) {
		return Certificate{}, errStale
	}
	return c, nil
}

func create(dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	ca := template(now, caLife, "Layer development CA")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}
	// As it came out, the authority has the key id that the server's certificate must name for strict clients.
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	server := template(now, serverLife, "localhost")
	server.KeyUsage, server.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server.DNSNames = []string{"localhost"}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, ca, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// The chain is written last: a folder without it is made anew.
	return errors.Join(
		writePEM(filepath.Join(dir, caName), "CERTIFICATE", caDER, 0o644),
		writePEM(filepath.Join(dir, keyName), "PRIVATE KEY", keyDER, 0o600),
		writePEM(filepath.Join(dir, chainName), "CERTIFICATE", serverDER, 0o644),
	)
}

// template is a certificate without a serial number, which makes x509 choose a random one.
func template(now time.Time, life time.Duration, name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name, Organization: []string{"Layer development"}},
		NotBefore: now.Add(-time.Hour),
		NotAfter:  now.Add(life),
	}
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
