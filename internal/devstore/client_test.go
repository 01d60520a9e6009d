package devstore

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testKey = "tpuf_test"

// client talks to one store over HTTP as an application does.
type client struct {
	t    *testing.T
	url  string
	key  string
	http *http.Client
}

// newClient starts a store on a loopback port for the duration of a test.
func newClient(t *testing.T, cfg Config) *client {
	t.Helper()
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, s)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func clientOf(t *testing.T, s *Store) *client {
	t.Helper()
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	return &client{t: t, url: srv.URL, key: testKey, http: srv.Client()}
}

// answer is a response that has been read.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (c *client) do(method, path, body string, header ...string) answer {
	c.t.Helper()
	res, err := c.send(method, path, strings.NewReader(body), header...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res
}

// send is do for requests that may fail without an answer, and for bodies that are not text.
func (c *client) send(method, path string, body io.Reader, header ...string) (answer, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{c.t, res.StatusCode, res.Header, string(b)}, err
}

// ok fails the test unless the request succeeded.
func (a answer) ok() answer {
	a.t.Helper()
	if a.status/100 != 2 {
		a.t.Fatalf("status %d: %s", a.status, a.body)
	}
	return a
}

// refused wants an error in the service's shape with a part of its message.
func (a answer) refused(status int, message string) {
	a.t.Helper()
	var e struct{ Status, Error string }
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.Status != "error" {
		a.t.Fatalf("status %d, not an error body: %s", a.status, a.body)
	}
	if a.status != status || !strings.Contains(e.Error, message) {
		a.t.Fatalf("got %d %q, want %d %q", a.status, e.Error, status, message)
	}
}

// member returns a member of the answer as compact JSON text.
func (a answer) member(path ...string) string {
	a.t.Helper()
	raw := json.RawMessage(a.body)
	for _, p := range path {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			a.t.Fatalf("%v: %s", err, a.body)
		}
		raw = m[p]
	}
	if raw == nil {
		return ""
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		a.t.Fatal(err)
	}
	return b.String()
}

func (c *client) write(ns, body string) answer {
	c.t.Helper()
	return c.do("POST", "/v2/namespaces/"+ns, body)
}

func (c *client) query(ns, body string) answer {
	c.t.Helper()
	return c.do("POST", "/v2/namespaces/"+ns+"/query", body)
}

func (c *client) admin(path, body string) {
	c.t.Helper()
	c.do("POST", "/_admin/"+path, body).ok()
}

// rows is what a query answers, ordered by id with every attribute.
func (c *client) rows(ns string) string {
	c.t.Helper()
	return c.query(ns, `{"rank_by":["id","asc"],"limit":1000,"include_attributes":true}`).ok().member("rows")
}

// ids are the ids of the rows that a query answers, as JSON texts.
func (a answer) ids() []string {
	a.t.Helper()
	var body struct {
		Rows []struct{ ID json.RawMessage }
	}
	if err := json.Unmarshal([]byte(a.ok().body), &body); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	ids := []string{}
	for _, r := range body.Rows {
		ids = append(ids, string(r.ID))
	}
	return ids
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
