package main

import (
	"fmt"
	"os"

	"hevlayer.com/layer/envoy"
)

// bootstrapCommand prints what an Envoy beside "layer gateway" is started with.
type bootstrapCommand struct {
	SocketDir string `default:"/run/layer" help:"Folder of the sockets shared with the gateway." placeholder:"DIR"`
	NodeID    string `help:"Name of this Envoy (default: the host's)." placeholder:"NAME"`
}

// Run prints the configuration as JSON.
func (c *bootstrapCommand) Run(env environment) error {
	sockets, err := envoy.SocketsIn(c.SocketDir)
	if err != nil {
		return err
	}
	id := c.NodeID
	if id == "" {
		if id, err = os.Hostname(); err != nil {
			return fmt.Errorf("--node-id: %w", err)
		}
	}
	text, err := envoy.BootstrapJSON(sockets, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s\n", text)
	return err
}
