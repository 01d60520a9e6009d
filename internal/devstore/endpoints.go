package devstore

import (
	"net/http"
	"time"
)

func (s *Store) serveList(x *exchange, _ target) (*reply, error) {
	q := x.r.URL.Query()
	return okReply(s.list(q.Get("prefix"), q.Get("cursor"), q.Get("page_size"))), nil
}

func (s *Store) serveWrite(x *exchange, t target) (*reply, error) {
	doc, err := x.json()
	if err != nil {
		return nil, err
	}
	out, err := s.write(t.namespace, doc, x.start)
	if err != nil {
		return nil, err
	}
	if s.asyncWrite.Load() && x.r.Header.Get("Prefer") == "respond-async" {
		rep := s.startOperation(t.namespace, out, x.start)
		rep.body, rep.header["Preference-Applied"] = nil, "respond-async"
		return rep, nil
	}
	return okReply(out), nil
}

// serveAsync is the asynchronous copy. Its body is a copy's, or only what is inside of its copy_from_namespace.
func (s *Store) serveAsync(x *exchange, t target) (*reply, error) {
	doc, err := x.json()
	if err != nil {
		return nil, err
	}
	from, found := copySource(doc)
	if !found {
		if from = sourceOf(doc); from.namespace == "" {
			return nil, fail(422, "missing field `source_namespace`")
		}
		if err := checkEncryption(doc, "dest_encryption"); err != nil {
			return nil, err
		}
	}
	out, err := s.copy(t.namespace, from, doc, x.start)
	if err != nil {
		return nil, err
	}
	return s.startOperation(t.namespace, out, x.start), nil
}

func (s *Store) startOperation(namespace string, result []byte, start time.Time) *reply {
	outcome := append([]byte(`"success":`), result...)
	token := s.ops.add(namespace, outcome, start, s.asyncPolls.Load())
	location := "/v1/namespaces/" + namespace + "/operations/" + token
	body := append(appendStr([]byte(`{"token":`), token), '}')
	return &reply{status: http.StatusAccepted, body: body, header: map[string]string{"Location": location}}
}

func (s *Store) serveOperation(_ *exchange, t target) (*reply, error) {
	out, err := s.ops.poll(t.namespace, t.token)
	return okReply(out), err
}

func (s *Store) serveDelete(_ *exchange, t target) (*reply, error) {
	return okReply([]byte(`{"status":"OK"}`)), s.delete(t.namespace)
}

func (s *Store) serveQuery(x *exchange, t target) (*reply, error) {
	body, err := x.text()
	if err != nil {
		return nil, err
	}
	return s.withNamespace(t, func(n *namespace) ([]byte, error) { return s.query(n, body, x.start) })
}

func (s *Store) serveExplain(x *exchange, t target) (*reply, error) {
	doc, err := x.json()
	if err != nil {
		return nil, err
	}
	return s.withNamespace(t, func(n *namespace) ([]byte, error) { return n.explain(doc) })
}

func (s *Store) serveRecall(x *exchange, t target) (*reply, error) {
	doc, err := x.json()
	if err != nil {
		return nil, err
	}
	return s.withNamespace(t, func(n *namespace) ([]byte, error) { return n.recall(doc) })
}

func (s *Store) serveMetadata(_ *exchange, t target) (*reply, error) {
	return s.withNamespace(t, func(n *namespace) ([]byte, error) { return s.metadata(n), nil })
}

func (s *Store) serveSchema(_ *exchange, t target) (*reply, error) {
	return s.withNamespace(t, func(n *namespace) ([]byte, error) { return n.schemaJSON(), nil })
}

func (s *Store) servePatchMetadata(x *exchange, t target) (*reply, error) {
	doc, err := x.json()
	if err != nil {
		return nil, err
	}
	out, err := s.patchMetadata(t.namespace, doc)
	return okReply(out), err
}

func (s *Store) serveUpdateSchema(x *exchange, t target) (*reply, error) {
	doc, err := x.json()
	if err != nil {
		return nil, err
	}
	out, err := s.updateSchema(t.namespace, doc)
	return okReply(out), err
}

func (s *Store) serveWarmHint(_ *exchange, _ target) (*reply, error) {
	return &reply{status: http.StatusAccepted, body: []byte(`{"status":"ACCEPTED","message":"cache warm hint accepted"}`)}, nil
}

// withNamespace looks the namespace up again: it may be gone since the request came.
func (s *Store) withNamespace(t target, f func(*namespace) ([]byte, error)) (*reply, error) {
	n := s.names.live(t.namespace)
	if n == nil {
		return nil, notFound(t.namespace)
	}
	out, err := f(n)
	return okReply(out), err
}
