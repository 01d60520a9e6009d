package devstore

import (
	"fmt"
	"strings"
	"time"
)

// commit makes the batch durable, then visible. A batch that could not be made durable is not visible either.
func (s *Store) commit(b *batch, touch bool) error {
	if touch {
		b.updated = time.Now().UTC()
	}
	if s.disk != nil {
		if err := s.disk.save(b); err != nil {
			return fmt.Errorf("persist namespace %s: %w", b.n.name, err)
		}
	}
	b.n.apply(b)
	return nil
}

// change runs do on a batch of one namespace and commits what it leaves. With create, a missing namespace is made.
func (s *Store) change(name string, create, touch bool, do func(*batch) error) error {
	for {
		n := s.names.live(name)
		if n == nil && create {
			n = s.names.claim(strings.Clone(name))
		}
		if n == nil {
			return notFound(name)
		}
		done, err := s.changeOne(n, touch, do)
		if done {
			return err
		}
	}
}

// changeOne is false when the namespace went away before its lock was held.
func (s *Store) changeOne(n *namespace, touch bool, do func(*batch) error) (done bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone {
		return false, nil
	}
	b := newBatch(n)
	if err = do(b); err == nil {
		err = s.commit(b, touch)
	}
	if err != nil && !n.live.Load() {
		n.gone = true
		s.names.drop(n)
	}
	return true, err
}

// delete removes a namespace and its data.
func (s *Store) delete(name string) error {
	n := s.names.live(name)
	if n == nil {
		return notFound(name)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone {
		return notFound(name)
	}
	if s.disk != nil {
		if err := s.disk.drop(name); err != nil {
			return fmt.Errorf("delete namespace %s: %w", name, err)
		}
	}
	n.gone = true
	n.live.Store(false)
	s.names.drop(n)
	return nil
}

func notFound(name string) error { return fail(404, "namespace '%s' was not found", name) }
