package config

import (
	"testing"

	"hevlayer.com/layer/api/v1alpha1"
	"hevlayer.com/layer/policy"
)

// A problem's reason and the condition that shows it on the object are one word.
func TestReasonsAreThoseOfTheConditions(t *testing.T) {
	t.Parallel()
	for condition, reason := range map[string]string{
		v1alpha1.ReasonMissingDefault: policy.ReasonMissingDefault, v1alpha1.ReasonDuplicateDefault: policy.ReasonDuplicateDefault,
		v1alpha1.ReasonKindNotSupported: policy.ReasonKindNotSupported, v1alpha1.ReasonCredentialMissing: policy.ReasonCredentialMissing,
		v1alpha1.ReasonInvalidInboundAuth: policy.ReasonInvalidInboundAuth, v1alpha1.ReasonInvalidSpec: policy.ReasonInvalidSpec,
		v1alpha1.ReasonStoreNotFound: policy.ReasonStoreNotFound, v1alpha1.ReasonDuplicateNamespace: policy.ReasonDuplicateNamespace,
		v1alpha1.ReasonRefusedByEnvoy: policy.ReasonRefusedByEnvoy,
	} {
		if condition != reason {
			t.Errorf("condition reason %s, problem reason %s", condition, reason)
		}
	}
}
