package devstore

import (
	"slices"
	"strings"
	"sync"
)

// registry finds namespaces by name. It also holds those that a first write is about to create; only live ones are seen
// by readers. Its lock is taken inside a namespace's lock, never around it.
type registry struct {
	mu     sync.RWMutex
	byName map[string]*namespace
}

// live returns the namespace, or nil when there is none.
func (g *registry) live(name string) *namespace {
	g.mu.RLock()
	n := g.byName[name]
	g.mu.RUnlock()
	if n == nil || !n.live.Load() {
		return nil
	}
	return n
}

// claim returns the namespace of that name, a new one when there is none.
func (g *registry) claim(name string) *namespace {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.byName[name]
	if n == nil {
		n = newNamespace(name)
		g.byName[n.name] = n
	}
	return n
}

func (g *registry) drop(n *namespace) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byName[n.name] == n {
		delete(g.byName, n.name)
	}
}

func (g *registry) names() []string {
	g.mu.RLock()
	defer g.mu.RUnlock()
	names := make([]string, 0, len(g.byName))
	for name, n := range g.byName {
		if n.live.Load() {
			names = append(names, name)
		}
	}
	return names
}

// page lists up to limit names after a cursor, which is the last name of the page before.
func (g *registry) page(prefix, after string, limit int) (names []string, next string) {
	names = slices.DeleteFunc(g.names(), func(name string) bool { return !strings.HasPrefix(name, prefix) || name <= after })
	slices.Sort(names)
	if len(names) > limit {
		names = names[:limit]
		next = names[limit-1]
	}
	return names, next
}
