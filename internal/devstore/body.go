package devstore

import (
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"net/http"
	"strings"
)

// maxBody bounds the decoded size of a request.
const maxBody = 512 << 20

// text reads the request's body once, decompressed.
func (x *exchange) text() (string, error) {
	if !x.read {
		x.read = true
		x.body, x.err = readBody(x.r, x.s.maxBody)
	}
	return x.body, x.err
}

// json parses the request's body; an empty one is null.
func (x *exchange) json() (value, error) {
	body, err := x.text()
	if err != nil {
		return value{}, err
	}
	v, err := parseBody(body)
	x.body = strings.Clone(cutBytes(body, keptBody)) // a large body is let go as soon as it has been used
	return v, err
}

func parseBody(body string) (value, error) {
	if body == "" {
		return value{raw: "null"}, nil
	}
	v, err := parseJSON(body)
	if err != nil {
		return v, fail(400, "failed to parse the request body: %v", err)
	}
	return v, nil
}

func readBody(r *http.Request, limit int64) (string, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return "", nil
	}
	if r.ContentLength > limit {
		return "", refuseLarge(r.Body, limit)
	}
	if r.ContentLength > 0 && r.Header.Get("Content-Encoding") == "" {
		return readSized(r.Body, r.ContentLength)
	}
	src, err := decoded(r)
	if err != nil {
		return "", err
	}
	body, err := gather(io.LimitReader(src, limit+1))
	if err != nil {
		return "", fail(400, "failed to read the request body: %v", err)
	}
	if int64(len(body)) > limit {
		return "", refuseLarge(r.Body, limit)
	}
	return body, nil
}

func decoded(r *http.Request) (io.Reader, error) {
	switch enc := r.Header.Get("Content-Encoding"); enc {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		g, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fail(400, "failed to read the request body: %v", err)
		}
		return g, nil
	default:
		return nil, fail(http.StatusUnsupportedMediaType, "unsupported content encoding `%s`", cut(enc, 100))
	}
}

// pieceSize is how much memory is taken at once for a body of unknown size.
const pieceSize = 1 << 20

// gather reads all of src. It takes the memory in pieces and joins them at the end: growing one buffer would leave several
// times its size behind.
func gather(src io.Reader) (string, error) {
	var full [][]byte
	total := 0
	piece := make([]byte, 0, 4096)
	for {
		n, err := src.Read(piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		total += n
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		if len(piece) == cap(piece) {
			full = append(full, piece)
			piece = make([]byte, 0, min(2*cap(piece), pieceSize))
		}
	}
	var b strings.Builder
	b.Grow(total)
	for i := range full {
		b.Write(full[i])
		full[i] = nil // not needed twice
	}
	b.Write(piece)
	return b.String(), nil
}

// smallBody is a size that is read without the buffer of io.Copy.
const smallBody = 64 << 10

// readSized reads a body of known size into exactly that much memory.
func readSized(src io.Reader, size int64) (string, error) {
	var err error
	var b strings.Builder
	if size <= smallBody {
		small := make([]byte, size)
		_, err = io.ReadFull(src, small)
		b.Write(small)
	} else {
		b.Grow(int(size))
		_, err = io.CopyN(&b, src, size)
	}
	if err != nil {
		return "", fail(400, "failed to read the request body: %v", err)
	}
	return b.String(), nil
}

// refuseLarge reads on for a while, as many clients read no answer before they have sent everything.
func refuseLarge(body io.Reader, limit int64) error {
	_, _ = io.CopyN(io.Discard, body, limit+1) // the answer is the same whatever the end
	return fail(http.StatusRequestEntityTooLarge, "request body is larger than %d bytes", limit)
}

// bodyTap measures a request's body as it comes over the wire, without keeping it.
type bodyTap struct {
	io.ReadCloser
	n    int64
	hash hash.Hash
	head []byte // the first bytes
}

// keptBody is how much of a body a record shows.
const keptBody = 4096

func tapBody(r *http.Request) *bodyTap {
	t := &bodyTap{ReadCloser: r.Body, hash: sha256.New()}
	if r.Body == nil {
		t.ReadCloser = http.NoBody
	}
	r.Body = t
	return t
}

func (t *bodyTap) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.n += int64(n)
	t.hash.Write(p[:n])
	if room := keptBody - len(t.head); room > 0 {
		t.head = append(t.head, p[:min(n, room)]...)
	}
	return n, err
}
