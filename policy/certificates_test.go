package policy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"
)

// certificate makes a self-signed certificate and its key, both as PEM text.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", keyDER)
}

func TestCompileCA(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	damaged := strings.Replace(cert, "\nMI", "\nAA", 1)
	const field = "fatal VectorStore a: spec.endpoint.caSecretRef: InvalidSpec: tls/ca: "
	tests := map[string]struct{ text, want string }{
		"one":         {cert, ""},
		"two":         {"# ours\n" + cert + "\n" + cert, ""},
		"none":        {"", field + "is missing or holds no PEM certificate"},
		"no PEM":      {"hello", field + "is missing or holds no PEM certificate"},
		"a key":       {key, field + "holds a PRIVATE KEY, wanted certificates only"},
		"key after":   {cert + key, field + "holds a PRIVATE KEY, wanted certificates only"},
		"damaged":     {damaged, field + "certificate 1: "},
		"one damaged": {cert + damaged, field + "certificate 2: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, problems := Compile(Input{Stores: broken(func(s *StoreInput) {
				s.CA = SecretInput{Ref: "tls/ca", Value: NewSecret(tt.text)}
			})}, nil)
			if got := strings.Join(lines(problems), "\n"); !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("problems %q, want %q", got, tt.want)
			}
			if table != nil && string(table.Default().CA) != tt.text {
				t.Errorf("CA %q", table.Default().CA)
			}
		})
	}
}
