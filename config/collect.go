package config

import (
	"maps"
	"slices"

	"hevlayer.com/layer/policy"
)

// collector puts the resources of all files together.
type collector struct {
	in       policy.Input
	secrets  map[string]secretData
	first    map[identity]string
	problems []policy.Problem
}

// identity is what two objects may not share. The namespace of all is the same.
type identity struct{ kind, name string }

// collect makes the compile step's input of what the files hold.
func (f *Folder) collect() (policy.Input, []policy.Problem) {
	n := 0
	for _, file := range f.files {
		n += len(file.documents)
	}
	c := collector{secrets: map[string]secretData{}, first: make(map[identity]string, n)}
	c.in.Indexes = make([]policy.IndexInput, 0, n)
	for _, path := range slices.Sorted(maps.Keys(f.files)) {
		for _, d := range f.files[path].documents {
			c.document(path, d)
		}
	}
	if len(c.in.Stores) == 0 || f.cfg.BaseOnly {
		c.in.Stores = slices.Clone(f.cfg.Base)
	}
	find := lookup(c.secret).orElse(f.cfg.Secrets)
	for i, s := range c.in.Stores {
		c.in.Stores[i] = resolve(s, find)
	}
	return c.in, c.problems
}

func (c *collector) document(path string, d placed) {
	for _, f := range d.findings {
		c.problems = append(c.problems, f.in(path, d.line))
	}
	for _, r := range d.resources {
		r.File = path
		id := identity{r.Kind, r.Name}
		if other, dup := c.first[id]; dup {
			f := fatal(r.Object, "metadata.name", policy.ReasonInvalidSpec, "%s holds an object of this kind and name too", other)
			c.problems = append(c.problems, f.Problem)
			continue
		}
		c.first[id] = path
		c.resource(r)
	}
}

func (c *collector) resource(r resource) {
	switch content := r.content.(type) {
	case policy.StoreInput:
		content.Object = r.Object
		c.in.Stores = append(c.in.Stores, content)
	case route:
		c.in.Indexes = append(c.in.Indexes, policy.IndexInput{Object: r.Object, Upstream: content.upstream, Store: content.store})
	case secretData:
		c.secrets[r.Name] = content
	}
}

func (c *collector) secret(name, key string) (policy.Secret, bool) {
	value, ok := c.secrets[name][key]
	return value, ok
}
