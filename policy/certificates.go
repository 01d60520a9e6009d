package policy

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// checkCertificates accepts PEM text that holds certificates and nothing else.
func checkCertificates(text []byte) error {
	n := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("holds a %s, wanted certificates only", block.Type)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("certificate %d: %w", n+1, err)
		}
		n++
	}
	if n == 0 {
		return errors.New("is missing or holds no PEM certificate")
	}
	return nil
}

// checkBearer refuses a credential that could not travel in a header.
func checkBearer(s Secret) error {
	if s.Empty() {
		return nil
	}
	if _, ok := Bearer([]string{"Bearer " + s.Reveal()}); !ok {
		return errors.New("the value holds characters that a bearer token can't have")
	}
	return nil
}
