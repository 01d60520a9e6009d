// Package e2e proves Layer from outside: the real program, a real Envoy and a development store, as processes on loopback, with
// requests that a client could send. Each test starts what it needs; nothing is shared.
package e2e

import (
	"os"
	"testing"

	"hevlayer.com/layer/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m)) }
