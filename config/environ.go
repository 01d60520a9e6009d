package config

import (
	"strings"

	"hevlayer.com/layer/policy"
)

const secretPrefix = "LAYER_SECRET_"

// EnvironSecrets finds values of Secrets in environment variables called LAYER_SECRET_<NAME>_<KEY>.
func EnvironSecrets(getenv func(string) string) func(name, key string) (policy.Secret, bool) {
	return func(name, key string) (policy.Secret, bool) {
		value := variable(getenv, secretPrefix+upper(name)+"_"+upper(key))
		return policy.NewSecret(value), value != ""
	}
}

// upper gives a name's part of a variable: in capitals, and _ for all that is neither letter nor digit.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, s)
}
