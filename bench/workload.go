package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/valyala/fasthttp"
)

// Namespaces of the development store.
const (
	smallNamespace  = "bench-small"
	largeNamespace  = "bench-large"
	uploadNamespace = "bench-upload" // writes to it are read and dropped
)

const largeBody = 64 << 10

const smallQuery = `{"rank_by":["id","asc"],"top_k":3,"include_attributes":["origin","text"]}`

// workload is one request, sent over and over.
type workload struct {
	name      string
	about     string
	path      string
	body      func() ([]byte, error)
	minAnswer int
}

func workloads() []workload {
	return []workload{
		{
			name: "small", about: "a query of 80 bytes, an answer of a few hundred",
			path: "/v2/namespaces/" + smallNamespace + "/query",
			body: fixed(smallQuery), minAnswer: 100,
		},
		{
			name: "answer64k", about: "a query answered with 64 KiB",
			path: "/v2/namespaces/" + largeNamespace + "/query",
			body: fixed(`{"rank_by":["id","asc"],"top_k":32,"include_attributes":true}`), minAnswer: largeBody,
		},
		{
			name: "upload64k", about: "a write of 64 KiB that the store reads and drops",
			path: "/v2/namespaces/" + uploadNamespace,
			body: func() ([]byte, error) {
				body := make([]byte, largeBody)
				_, err := io.ReadFull(newRows(largeBody), body)
				return body, err
			},
		},
	}
}

func fixed(body string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(body), nil }
}

// seed fills the namespaces that the workloads use.
func seed(ctx context.Context, u *upstream) error {
	if err := u.seed(ctx, smallNamespace, 8, 32, "only"); err != nil {
		return err
	}
	if err := u.seed(ctx, largeNamespace, 32, 2<<10, "only"); err != nil {
		return err
	}
	return u.dropWrites(ctx, uploadNamespace)
}

// request serializes a request to the gateway.
func (w workload) request(g *gateway) ([]byte, error) {
	body, err := w.body()
	if err != nil {
		return nil, fmt.Errorf("build the body of %s: %w", w.name, err)
	}
	return serialize(g, w.path, body)
}

// serialize returns the bytes of an HTTP/1.1 POST.
func serialize(g *gateway, path string, body []byte) ([]byte, error) {
	var req fasthttp.Request
	req.Header.SetMethod(http.MethodPost)
	req.SetRequestURI(g.url() + path)
	req.Header.SetContentType("application/json")
	req.Header.Set("Authorization", "Bearer "+g.key)
	req.SetBodyRaw(body)
	var out bytes.Buffer
	buffered := bufio.NewWriter(&out)
	if err := req.Write(buffered); err != nil {
		return nil, fmt.Errorf("serialize a request: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return nil, fmt.Errorf("serialize a request: %w", err)
	}
	return out.Bytes(), nil
}
