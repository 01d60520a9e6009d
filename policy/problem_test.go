package policy

import (
	"encoding/json"
	"testing"
)

// The JSON form is what the configuration problems route answers with.
func TestProblemJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]Problem{
		`{"kind":"Index","namespace":"ns","name":"x","file":"a.yaml","field":"spec.a","reason":"StoreNotFound","message":"m"}`: {
			Object: Object{Kind: "Index", Namespace: "ns", Name: "x", File: "a.yaml"}, Field: "spec.a", Reason: ReasonStoreNotFound, Message: "m", Fatal: true,
		},
		`{"kind":"VectorStore","name":"a","reason":"RefusedByEnvoy","message":"m"}`: {
			Object: Object{Kind: "VectorStore", Name: "a"}, Reason: ReasonRefusedByEnvoy, Message: "m",
		},
	}
	for want, p := range tests {
		if got, err := json.Marshal(p); err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}

func TestProblemError(t *testing.T) {
	t.Parallel()
	tests := map[string]Problem{
		"Index ns/x (a.yaml): spec.a: StoreNotFound: m": {
			Object: Object{Kind: "Index", Namespace: "ns", Name: "x", File: "a.yaml"}, Field: "spec.a", Reason: ReasonStoreNotFound, Message: "m",
		},
		"VectorStore a: RefusedByEnvoy: m": {Object: Object{Kind: "VectorStore", Name: "a"}, Reason: ReasonRefusedByEnvoy, Message: "m"},
	}
	for want, p := range tests {
		if got := p.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
