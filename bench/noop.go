package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// noopCommand is the argument that makes this binary the ext_proc that does nothing, in a process of its own.
const noopCommand = "noop-ext-proc"

// serveNoop serves the ext_proc that does nothing on the Unix socket that args name, until the context ends.
func serveNoop(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s: want one argument, the socket", noopCommand)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", args[0])
	if err != nil {
		return fmt.Errorf("listen on %s: %w", args[0], err)
	}
	srv := grpc.NewServer()
	extprocv3.RegisterExternalProcessorServer(srv, noop{})
	stop := context.AfterFunc(ctx, srv.Stop)
	defer stop()
	if err := srv.Serve(ln); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve on %s: %w", args[0], err)
	}
	return nil
}

// noop continues every request as it came: the least that an ext_proc server can answer.
type noop struct {
	extprocv3.UnimplementedExternalProcessorServer
}

// Process answers the request headers, which is all that the bootstrap asks to be sent.
func (noop) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	unchanged := &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_RequestHeaders{
		RequestHeaders: &extprocv3.HeadersResponse{},
	}}
	for {
		msg, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err // the stream's own status
		}
		if msg.GetRequestHeaders() == nil {
			return status.Errorf(codes.InvalidArgument, "unexpected message %T", msg.GetRequest())
		}
		if err := stream.Send(unchanged); err != nil {
			return err // the stream's own status
		}
	}
}
