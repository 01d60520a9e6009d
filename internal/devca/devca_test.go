package devca

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// day is when the tests take place.
var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ensure(t *testing.T, dir string, now time.Time) Certificate {
	t.Helper()
	c, err := Ensure(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode(text)
	if block == nil || len(rest) > 0 {
		t.Fatalf("wanted one PEM block: %s", text)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// authority reads the certificate that people trust.
func authority(t *testing.T, c Certificate) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

func TestChainVerifies(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ca")
	c := ensure(t, dir, day)
	ca, leaf := authority(t, c), parse(t, c.Chain)
	if _, err := tls.X509KeyPair(c.Chain, []byte(c.PrivateKey.Reveal())); err != nil {
		t.Errorf("key: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	last := day.Add(serverLife)
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		for _, at := range []time.Time{day, last} {
			if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: at}); err != nil {
				t.Errorf("%s at %v: %v", name, at, err)
			}
		}
	}
	for name, at := range map[string]time.Time{"example.com": day, "localhost": last.Add(time.Second), "127.0.0.1": day.Add(-2 * time.Hour)} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: at}); err == nil {
			t.Errorf("%s at %v: verifies", name, at)
		}
	}
}

// Some clients look closer than Go: two certificates of one issuer need serial numbers of their own, and a certificate names
// its issuer's key.
func TestStrictClients(t *testing.T) {
	t.Parallel()
	c := ensure(t, t.TempDir(), day)
	ca, leaf := authority(t, c), parse(t, c.Chain)
	if ca.SerialNumber.Cmp(leaf.SerialNumber) == 0 {
		t.Errorf("authority and server share the serial number %v", leaf.SerialNumber)
	}
	if len(ca.SubjectKeyId) == 0 || string(leaf.AuthorityKeyId) != string(ca.SubjectKeyId) {
		t.Errorf("the server's authority key id is %x, the authority's key id %x", leaf.AuthorityKeyId, ca.SubjectKeyId)
	}
	if !ca.IsCA || ca.KeyUsage != x509.KeyUsageCertSign || leaf.IsCA {
		t.Errorf("authority: CA %v, usage %b; server: CA %v", ca.IsCA, ca.KeyUsage, leaf.IsCA)
	}
	if life := leaf.NotAfter.Sub(leaf.NotBefore); life > 826*24*time.Hour {
		t.Errorf("the server's certificate lives %v", life)
	}
}

func TestEnsureLoadsAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := ensure(t, dir, day)
	for _, at := range []time.Time{day, day.Add(24 * time.Hour), day.Add(serverLife - renewBefore)} {
		again := ensure(t, dir, at)
		if string(again.Chain) != string(first.Chain) || again.PrivateKey.Reveal() != first.PrivateKey.Reveal() || again.CAFile != first.CAFile {
			t.Errorf("at %v: another certificate", at)
		}
	}
}

func TestEnsureRenews(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := ensure(t, dir, day)
	at := day.Add(serverLife - renewBefore + time.Second)
	again := ensure(t, dir, at)
	if string(again.Chain) == string(first.Chain) {
		t.Error("a certificate about to end is kept")
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority(t, again))
	if _, err := parse(t, again.Chain).Verify(x509.VerifyOptions{DNSName: "localhost", Roots: roots, CurrentTime: at}); err != nil {
		t.Error(err)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ca")
	ensure(t, dir, day)
	for name, want := range map[string]os.FileMode{"": 0o700, caName: 0o644, chainName: 0o644, keyName: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder holds %v, %v: the authority's key is not to be kept", entries, err)
	}
}

func TestEnsureErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"key is gone":     {func(dir string) error { return os.Remove(filepath.Join(dir, keyName)) }, "read development certificate: "},
		"chain is no PEM": {func(dir string) error { return os.WriteFile(filepath.Join(dir, chainName), []byte("x"), 0o600) }, "holds no PEM block"},
		"chain is damaged": {func(dir string) error {
			return writePEM(filepath.Join(dir, chainName), "CERTIFICATE", []byte{1}, 0o600)
		}, "read development certificate: "},
		"chain is a folder": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, chainName)), os.Mkdir(filepath.Join(dir, chainName), 0o700))
		}, "read development certificate: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ensure(t, dir, day)
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Ensure(dir, day); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Ensure(file, day); err == nil {
		t.Error("a file is no folder")
	}
}
