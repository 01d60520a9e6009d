package extproc

import (
	"errors"
	"io"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// script is a stream whose other side follows a list: messages, then an error.
type script struct {
	grpc.ServerStream
	messages []*extprocv3.ProcessingRequest
	end      error
	// sendFails is what Send answers, nil where it works.
	sendFails error
	sent      []*extprocv3.ProcessingResponse
}

func (s *script) Recv() (*extprocv3.ProcessingRequest, error) {
	if len(s.messages) == 0 {
		return nil, s.end
	}
	next := s.messages[0]
	s.messages = s.messages[1:]
	return next, nil
}

func (s *script) Send(r *extprocv3.ProcessingResponse) error {
	if s.sendFails != nil {
		return s.sendFails
	}
	s.sent = append(s.sent, r)
	return nil
}

// headers makes the message that Envoy sends about a request.
func headers(r request) *extprocv3.ProcessingRequest {
	m := &corev3.HeaderMap{}
	add := func(name, value string) {
		m.Headers = append(m.Headers, &corev3.HeaderValue{Key: name, RawValue: []byte(value)})
	}
	add(":method", r.method)
	add(":path", r.path)
	for _, a := range r.authorization {
		add("authorization", a)
	}
	if r.contentLength != "" {
		add("content-length", r.contentLength)
	}
	add("traceparent", r.traceparent)
	add("x-layer-routed", r.cluster)
	return &extprocv3.ProcessingRequest{
		Request: &extprocv3.ProcessingRequest_RequestHeaders{RequestHeaders: &extprocv3.HttpHeaders{Headers: m, EndOfStream: true}},
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	reset := status.Error(codes.Canceled, "context canceled")
	good, bad := headers(ask("POST", "/v2/namespaces/x/query", "store/a", reader)), headers(ask("GET", "/v3", "gateway", ""))
	body := &extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_RequestBody{RequestBody: &extprocv3.HttpBody{EndOfStream: true}}}
	answer := &extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_ResponseHeaders{ResponseHeaders: &extprocv3.HttpHeaders{}}}
	trailers := &extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_RequestTrailers{}}
	tests := map[string]struct {
		script script
		code   codes.Code
		// statuses of the answers: 0 for a continue.
		statuses []int
		judged   []string
	}{
		"headers, then the end": {script{messages: messages(good), end: io.EOF}, codes.OK, []int{0}, []string{"query continue"}},
		"a reply, then the end": {script{messages: messages(bad), end: io.EOF}, codes.OK, []int{401}, []string{"none no_bearer"}},
		"the end at once":       {script{end: io.EOF}, codes.OK, nil, nil},
		"reset at once":         {script{end: reset}, codes.Canceled, nil, nil},
		"reset after headers":   {script{messages: messages(good), end: reset}, codes.Canceled, []int{0}, []string{"query continue"}},
		// Every message is judged for itself; the second learns nothing from the first.
		"headers twice":         {script{messages: messages(good, bad), end: io.EOF}, codes.OK, []int{0, 401}, []string{"query continue", "none no_bearer"}},
		"an empty message":      {script{messages: messages(&extprocv3.ProcessingRequest{}), end: io.EOF}, codes.InvalidArgument, nil, nil},
		"a body":                {script{messages: messages(body), end: io.EOF}, codes.InvalidArgument, nil, nil},
		"a body after headers":  {script{messages: messages(good, body), end: io.EOF}, codes.InvalidArgument, []int{0}, []string{"query continue"}},
		"headers of the answer": {script{messages: messages(answer), end: io.EOF}, codes.InvalidArgument, nil, nil},
		"trailers":              {script{messages: messages(trailers), end: io.EOF}, codes.InvalidArgument, nil, nil},
		"nobody takes the answer": {
			script{messages: messages(good), end: io.EOF, sendFails: reset}, codes.Canceled, nil, nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := filter(mixed(t))
			err := s.Process(&tt.script)
			if got := status.Code(err); got != tt.code {
				t.Errorf("ends with %v", err)
			}
			var statuses []int
			for _, r := range tt.script.sent {
				statuses = append(statuses, interpret(t, r).Status)
			}
			if diff := cmp.Diff(tt.statuses, statuses); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.judged, w.judged); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
			if w.open != 0 {
				t.Errorf("%d streams are noted as open after the end", w.open)
			}
		})
	}
}

func messages(list ...*extprocv3.ProcessingRequest) []*extprocv3.ProcessingRequest { return list }

// The error of a stream that broke is the stream's own.
func TestProcessReturnsStreamError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s, _ := filter(mixed(t))
	if err := s.Process(&script{end: broken}); !errors.Is(err, broken) {
		t.Errorf("ends with %v", err)
	}
}

// What is read of Envoy's message is what the request held.
func TestRead(t *testing.T) {
	t.Parallel()
	want := request{
		method: "POST", path: "/v2/namespaces/a?b=c", authorization: []string{"Bearer a", "Bearer b"}, contentLength: "5",
		traceparent: aTraceparent, cluster: "store/a",
	}
	m := headers(want)
	list := m.GetRequestHeaders().GetHeaders()
	list.Headers = append(list.Headers, &corev3.HeaderValue{Key: "x-layer-store", RawValue: []byte("b")})
	if diff := cmp.Diff(want, read(list), cmp.AllowUnexported(request{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(request{}, read(nil), cmp.AllowUnexported(request{})); diff != "" {
		t.Errorf("of nothing (-want +got):\n%s", diff)
	}
}
