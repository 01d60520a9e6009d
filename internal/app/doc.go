// Package app wires a gateway process together: the filter, the control plane and the HTTP surface on their sockets, the
// configuration reader behind them, and the way down when the process is told to stop.
//
// Run owns every goroutine of the process except those of gRPC and net/http, and ends when all of them have. It decides
// nothing about requests.
package app
