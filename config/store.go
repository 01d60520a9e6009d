package config

import (
	"strings"

	"hevlayer.com/layer/api/v1alpha1"
	"hevlayer.com/layer/policy"
)

// lookup finds a value of a Secret.
type lookup func(name, key string) (policy.Secret, bool)

// storeInput gives the spec as the compile step takes it, with the Secrets still to be looked up.
func storeInput(s v1alpha1.VectorStoreSpec) policy.StoreInput {
	in := policy.StoreInput{
		Kind: s.Kind, Default: s.Default, URL: s.Endpoint.URL, Region: s.Endpoint.Region, Mode: policy.AuthMode(s.InboundAuth.Mode),
	}
	if s.Credential != nil {
		in.Credential = secretInput(s.Credential.SecretRef)
	}
	if s.Endpoint.CASecretRef != nil {
		in.CA = secretInput(*s.Endpoint.CASecretRef)
	}
	for _, k := range s.InboundAuth.Keys {
		in.Keys = append(in.Keys, policy.KeyInput{Name: k.Name, Scopes: k.Scopes, Secret: secretInput(k.SecretRef)})
	}
	return in
}

func secretInput(r v1alpha1.SecretKeyRef) policy.SecretInput {
	return policy.SecretInput{Ref: r.Name + "/" + r.Key}
}

// resolve returns the store with its Secrets looked up. Neither the store nor its keys are written to.
func resolve(in policy.StoreInput, find lookup) policy.StoreInput {
	in.Credential = resolved(in.Credential, find)
	in.CA = resolved(in.CA, find)
	keys := make([]policy.KeyInput, len(in.Keys))
	for i, k := range in.Keys {
		k.Secret = resolved(k.Secret, find)
		keys[i] = k
	}
	in.Keys = keys
	return in
}

// resolved looks a reference up. One that is no name/key, or that leads nowhere, keeps the value that it has.
func resolved(in policy.SecretInput, find lookup) policy.SecretInput {
	name, key, ok := strings.Cut(in.Ref, "/")
	if !ok {
		return in
	}
	if value, ok := find(name, key); ok {
		in.Value = value
	}
	return in
}

// orElse asks a second lookup where the first finds nothing.
func (l lookup) orElse(second lookup) lookup {
	if second == nil {
		return l
	}
	return func(name, key string) (policy.Secret, bool) {
		if value, ok := l(name, key); ok {
			return value, true
		}
		return second(name, key)
	}
}
