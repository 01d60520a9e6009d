package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"text/template"
)

//go:embed envoy.yaml.tmpl
var bootstrapText string

// bootstrap is what differs between the Envoys that the bench configures itself.
type bootstrap struct {
	Listen    string // address of the listener
	Store     string // address of the development store
	ExtProc   string // Unix socket of an ext_proc server; empty leaves the filter out
	AccessLog string // file of the JSON access log; empty leaves the log out
}

// yaml renders the static bootstrap.
func (b bootstrap) yaml() ([]byte, error) {
	host, port, err := net.SplitHostPort(b.Listen)
	if err != nil {
		return nil, fmt.Errorf("listener address: %w", err)
	}
	storeHost, storePort, err := net.SplitHostPort(b.Store)
	if err != nil {
		return nil, fmt.Errorf("store address: %w", err)
	}
	tmpl, err := template.New("bootstrap").Option("missingkey=error").Parse(bootstrapText)
	if err != nil {
		return nil, fmt.Errorf("parse the bootstrap template: %w", err)
	}
	var out bytes.Buffer
	err = tmpl.Execute(&out, map[string]string{
		"Host": host, "Port": port, "StoreHost": storeHost, "StorePort": storePort,
		"ExtProc": b.ExtProc, "AccessLog": b.AccessLog,
	})
	if err != nil {
		return nil, fmt.Errorf("render the bootstrap: %w", err)
	}
	return out.Bytes(), nil
}
