package dev

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"hevlayer.com/layer/config"
	"hevlayer.com/layer/internal/devstore"
	"hevlayer.com/layer/policy"
)

// upstream is what the gateway stands in front of while the resource folder names no store.
type upstream struct {
	stores []policy.StoreInput
	// only says that they are the stores whatever the folder holds.
	only bool
	// name and bearer are for the greeting.
	name, bearer, hint string
	// serve runs the embedded store until its context is over; nil if there is none.
	serve func(context.Context) error
	close func() error
}

// chooseUpstream takes the store that the environment names, else none where the folder has stores of its own, else the embedded one.
func chooseUpstream(ctx context.Context, f *folder, resources string, getenv func(string) string, logger *slog.Logger) (*upstream, error) {
	nothing := func() error { return nil }
	if config.StoresNamed(getenv) {
		stores, err := config.Standalone(ctx, getenv, logger)
		if err != nil {
			return nil, err
		}
		return &upstream{stores: stores, only: true, name: defaultOf(stores).URL, bearer: "$TURBOPUFFER_API_KEY", hint: " (with your key in TURBOPUFFER_API_KEY)", close: nothing}, nil
	}
	folder, err := config.NewFolder(config.FolderConfig{Dir: resources, Logger: logger})
	if err != nil {
		return nil, err
	}
	if folder.HasStores(ctx) {
		return &upstream{name: "the stores in " + resources, bearer: "$LAYER_API_KEY", hint: " (with a key in LAYER_API_KEY)", close: nothing}, nil
	}
	return embedded(ctx, f, logger)
}

// embedded starts the development store on a port of its own; the gateway reaches it like any other store.
func embedded(ctx context.Context, f *folder, logger *slog.Logger) (*upstream, error) {
	key, err := f.key()
	if err != nil {
		return nil, err
	}
	store, err := devstore.Open(devstore.Config{DataDir: f.join("store"), APIKeys: []string{key.Reveal()}, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("open the embedded store: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the embedded store: %w", err)
	}
	return &upstream{
		stores: []policy.StoreInput{{
			Object:     policy.Object{Kind: "VectorStore", Name: "embedded"},
			Kind:       policy.KindTurbopuffer,
			Default:    true,
			URL:        "http://" + l.Addr().String(),
			Credential: policy.SecretInput{Ref: f.keyFile(), Value: key},
		}},
		name:   "the embedded store in " + f.join("store"),
		bearer: "$(cat " + quoted(f.keyFile()) + ")",
		serve:  func(ctx context.Context) error { return store.Serve(ctx, l) },
		close:  store.Close,
	}, nil
}

// defaultOf finds the store that a greeting speaks of.
func defaultOf(stores []policy.StoreInput) policy.StoreInput {
	for _, s := range stores {
		if s.Default {
			return s
		}
	}
	return stores[0]
}
