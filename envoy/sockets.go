package envoy

import (
	"fmt"
	"path/filepath"
)

// Sockets are the Unix sockets between Envoy and the gateway, all in one folder that only the two of them can enter.
type Sockets struct {
	ControlPlane string
	ExtProc      string
	Gateway      string
	Egress       string
	Admin        string
}

// maxSocketPath is what sockaddr_un holds on Linux, less its closing NUL.
const maxSocketPath = 107

// SocketsIn names the sockets in a folder.
func SocketsIn(dir string) (Sockets, error) {
	s := Sockets{
		ControlPlane: filepath.Join(dir, "xds.sock"),
		ExtProc:      filepath.Join(dir, "extproc.sock"),
		Gateway:      filepath.Join(dir, "gateway.sock"),
		Egress:       filepath.Join(dir, "egress.sock"),
		Admin:        filepath.Join(dir, "admin.sock"),
	}
	if len(s.Gateway) > maxSocketPath {
		return Sockets{}, fmt.Errorf("socket folder %s: the path is too long for a Unix socket (limit %d bytes)", dir, maxSocketPath)
	}
	return s, nil
}
