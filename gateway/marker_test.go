package gateway

import (
	"context"
	"os"
	"testing"

	"hevlayer.com/layer/internal/drain"
)

// setMarker makes a state see its marker file, or see that it is gone.
func setMarker(t *testing.T, state *drain.State, marker string, present bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if present {
		if err := os.WriteFile(marker, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	} else if err := os.Remove(marker); err != nil {
		t.Fatal(err)
	}
	state.Watch(ctx, marker, func(bool) error {
		cancel()
		return nil
	})
}
