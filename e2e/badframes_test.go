package e2e

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"hevlayer.com/layer/internal/testkit"
)

// frames is a request by HTTP/2 that no client would make.
type frames struct {
	fields   []hpack.HeaderField
	body     string
	trailers []hpack.HeaderField
}

// fields is a header block of names and values.
func fields(pairs ...string) []hpack.HeaderField {
	var out []hpack.HeaderField
	for pair := range slices.Chunk(pairs, 2) {
		out = append(out, hpack.HeaderField{Name: pair[0], Value: pair[1]})
	}
	return out
}

// request is the header block of a request with the key that may do everything.
func request(method, path string, more ...string) []hpack.HeaderField {
	return append(fields(":method", method, ":scheme", "http", ":authority", "layer", ":path", path, "authorization", "Bearer "+inbound("admin")), fields(more...)...)
}

// badFrames are the same tricks by HTTP/2. Envoy resets the stream of what breaks the protocol; there status is 0.
func badFrames(t *testing.T, f *fleet) {
	list := "/v1/namespaces"
	other := "/v1/namespaces/other/schema"
	for what, tt := range map[string]struct {
		frames
		status int
		body   string
	}{
		"an empty path":         {frames: frames{fields: request("GET", "")}},
		"an asterisk":           {frames: frames{fields: request("GET", "*")}},
		"no slash":              {frames: frames{fields: request("GET", "v1/namespaces")}},
		"an absolute path":      {frames: frames{fields: request("GET", "http://layer/v1/namespaces")}},
		"a space in the path":   {frames: frames{fields: request("GET", "/v1/namespaces/a b/schema")}},
		"a line in the path":    {frames: frames{fields: request("GET", "/v1/namespaces HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/namespaces")}},
		"a NUL in the path":     {frames: frames{fields: request("GET", "/v1/namespaces/a\x00/schema")}},
		"a fragment":            {frames{fields: request("GET", "/v1/namespaces#x")}, 400, notHTTP},
		"dot segments":          {frames{fields: request("GET", "/v1/namespaces/x/../other/schema")}, 404, noRoute},
		"two slashes":           {frames{fields: request("GET", "//v1/namespaces")}, 404, noRoute},
		"an encoded namespace":  {frames{fields: request("GET", "/v1/namespaces/oth%65r/schema")}, 422, badNamespace("oth%65r")},
		"dots":                  {frames{fields: request("DELETE", "/v2/namespaces/..")}, 422, badNamespace("..")},
		"a lower-case method":   {frames{fields: request("get", list)}, 405, wrongMethod("get", "GET, HEAD")},
		"an unknown method":     {frames{fields: request("FOO", list)}, 405, wrongMethod("FOO", "GET, HEAD")},
		"a path in the method":  {frames: frames{fields: request("GET /v1/namespaces", list)}},
		"a line in the method":  {frames: frames{fields: request("GET\r\n", list)}},
		"no method":             {frames: frames{fields: request("GET", list)[1:]}},
		"no path":               {frames: frames{fields: fields(":method", "GET", ":scheme", "http", ":authority", "layer", "authorization", "Bearer "+inbound("admin"))}},
		"no authority":          {frames: frames{fields: fields(":method", "GET", ":scheme", "http", ":path", list, "authorization", "Bearer "+inbound("admin"))}},
		"two paths":             {frames: frames{fields: append(fields(":path", "/v1/namespaces/free/schema"), request("GET", other)...)}},
		"two methods":           {frames: frames{fields: append(fields(":method", "DELETE"), request("GET", other)...)}},
		"an unknown pseudo":     {frames: frames{fields: append(fields(":store", "free"), request("GET", other)...)}},
		"a status":              {frames: frames{fields: append(fields(":status", "200"), request("GET", other)...)}},
		"a late path":           {frames: frames{fields: request("GET", other, ":path", "/v1/namespaces/free/schema")}},
		"an upper-case name":    {frames: frames{fields: request("GET", other, "X-Layer-Store", "free")}},
		"a line in a value":     {frames: frames{fields: request("GET", other, "x-a", "a\r\nx-layer-store: free")}},
		"an LF in a value":      {frames: frames{fields: request("GET", other, "x-a", "a\nb")}},
		"a NUL in a value":      {frames: frames{fields: request("GET", other, "x-a", "a\x00b")}},
		"a line in a name":      {frames: frames{fields: request("GET", other, "x-a: b\r\nx-layer-store", "free")}},
		"a colon in a name":     {frames: frames{fields: request("GET", other, "x-layer-store:", "free")}},
		"an empty name":         {frames: frames{fields: request("GET", other, "", "free")}},
		"connection":            {frames: frames{fields: request("GET", other, "connection", "authorization")}},
		"transfer-encoding":     {frames: frames{fields: request("POST", "/v2/namespaces/other", "transfer-encoding", "chunked"), body: "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"}},
		"upgrade":               {frames: frames{fields: request("GET", other, "upgrade", "websocket")}},
		"te":                    {frames: frames{fields: request("GET", other, "te", "gzip")}},
		"a length of nothing":   {frames: frames{fields: request("GET", other, "content-length", "5")}},
		"a length of no number": {frames: frames{fields: request("GET", other, "content-length", "a")}},
		"two keys":              {frames{fields: request("GET", other, "authorization", "Bearer "+inbound("read"))}, 401, noBearer},
		"a key in the trailers": {frames{
			fields(":method", "POST", ":scheme", "http", ":authority", "layer", ":path", "/v2/namespaces/other"), "{}",
			fields("authorization", "Bearer "+inbound("admin")),
		}, 401, noBearer},
		"CONNECT":               {frames{fields: fields(":method", "CONNECT", ":authority", "127.0.0.1:80", "authorization", "Bearer "+inbound("admin"))}, 404, noRoute},
		"CONNECT, no key":       {frames{fields: fields(":method", "CONNECT", ":authority", "127.0.0.1:80")}, 401, noBearer},
		"CONNECT to a protocol": {frames: frames{fields: append(fields(":protocol", "websocket"), request("CONNECT", other)...)}},
		"a protocol":            {frames: frames{fields: append(fields(":protocol", "websocket"), request("GET", other)...)}},
		"too many headers":      {frames: frames{fields: request("GET", other, strings.Split(strings.Repeat("x-a,b,", 200)+"x-a,b", ",")...)}},
	} {
		for _, url := range []string{f.HTTP, f.HTTPS} {
			f.forget()
			status, body := tt.send(t, testkit.Dial(t, url, f.CA, "h2"))
			if status != tt.status || body != tt.body {
				t.Errorf("%s at %s: %d %s, want %d %s", what, url, status, body, tt.status, tt.body)
			}
			f.expectAt(t, what, "", 0)
		}
	}
	// What travels on has trailers like any other request; those that are the gateway's own business do not.
	f.forget()
	r := frames{request("POST", "/v2/namespaces/other"), "{}", fields("x-layer-store", "free", "authorization", "Bearer x", "x-a", "b")}
	if status, body := r.send(t, testkit.Dial(t, f.HTTP, "")); status == 0 || status == 401 {
		t.Errorf("trailers: %d %s", status, body)
	}
	f.expectAt(t, "trailers", "other", 1)
}

// send writes the frames of one request and reads the answer; status is 0 where the peer ends the stream. The next request on the
// connection is served all the same.
func (r frames) send(t *testing.T, c *testkit.Conn) (status int, body string) {
	t.Helper()
	defer func() { _ = c.Close() }()
	p := newPeer(c)
	p.write(1, r)
	status, body = p.answer(t, 1)
	p.write(3, frames{fields: fields(":method", "GET", ":scheme", "http", ":authority", "layer", ":path", "/health")})
	if next, _ := p.answer(t, 3); next != 200 {
		t.Errorf("the next request on the connection: status %d", next)
	}
	return status, body
}

// peer is the client's end of an HTTP/2 connection.
type peer struct {
	framer  *http2.Framer
	block   bytes.Buffer
	encoder *hpack.Encoder
	decoder *hpack.Decoder
}

func newPeer(c *testkit.Conn) *peer {
	c.Send(http2.ClientPreface)
	p := &peer{framer: http2.NewFramer(c, c), decoder: hpack.NewDecoder(4096, nil)}
	p.framer.AllowIllegalWrites = true
	p.encoder = hpack.NewEncoder(&p.block)
	_ = p.framer.WriteSettings() // a peer that is gone shows when the answer is read
	return p
}

func (p *peer) headers(stream uint32, list []hpack.HeaderField, end bool) {
	p.block.Reset()
	for _, f := range list {
		_ = p.encoder.WriteField(f) // a buffer takes everything
	}
	_ = p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: p.block.Bytes(), EndHeaders: true, EndStream: end})
}

func (p *peer) write(stream uint32, r frames) {
	p.headers(stream, r.fields, r.body == "" && r.trailers == nil)
	if r.body != "" {
		_ = p.framer.WriteData(stream, r.trailers == nil, []byte(r.body))
	}
	if r.trailers != nil {
		p.headers(stream, r.trailers, true)
	}
}

// answer reads up to the end of a stream; status is 0 if it is reset.
func (p *peer) answer(t *testing.T, stream uint32) (status int, body string) {
	t.Helper()
	for {
		frame, err := p.framer.ReadFrame()
		if err != nil {
			t.Errorf("read frames: %v", err)
			return 0, ""
		}
		mine := frame.Header().StreamID == stream
		switch frame := frame.(type) {
		case *http2.HeadersFrame:
			list, err := p.decoder.DecodeFull(frame.HeaderBlockFragment())
			if err != nil {
				t.Fatal(err)
			}
			if mine && list[0].Name == ":status" {
				status, _ = strconv.Atoi(list[0].Value)
			}
		case *http2.DataFrame:
			if mine {
				body += string(frame.Data())
			}
		case *http2.RSTStreamFrame:
			if mine {
				return 0, ""
			}
		case *http2.GoAwayFrame:
			t.Errorf("the connection ends: %v", frame.ErrCode)
			return 0, ""
		}
		if mine && frame.Header().Flags.Has(http2.FlagDataEndStream) {
			return status, body
		}
	}
}
