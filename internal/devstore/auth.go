package devstore

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

func (s *Store) auth(r *http.Request) error {
	lines := r.Header["Authorization"]
	if len(lines) != 1 {
		return fail(401, "missing API key")
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return fail(401, "missing API key")
	}
	if !s.accepts(token) {
		return fail(401, "invalid API key")
	}
	return nil
}

func (s *Store) accepts(token string) bool {
	if len(s.cfg.APIKeys) == 0 {
		return true
	}
	for _, k := range s.cfg.APIKeys {
		if subtle.ConstantTimeCompare([]byte(k), []byte(token)) == 1 {
			return true
		}
	}
	return false
}
