package dev

import (
	"context"
	"fmt"
	"net"
)

// reserve checks that an address can be listened on before Envoy tries, whose own message is hard to read; port 0 becomes a
// free one. Envoy's sockets share ports, so only this keeps two gateways from taking turns on one.
func reserve(ctx context.Context, flag, address string) (string, error) {
	if address == "" {
		return "", fmt.Errorf("%s: an address HOST:PORT is needed", flag)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("%s: %w; choose another address with %s HOST:PORT", flag, err, flag)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
