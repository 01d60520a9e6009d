package config

import (
	"context"
	"slices"

	"hevlayer.com/layer/api/v1alpha1"
	"hevlayer.com/layer/policy"
)

// HasStores reads the folder and reports whether it holds a VectorStore, right or wrong, so that Base is not what is meant.
func (f *Folder) HasStores(ctx context.Context) bool {
	files, _ := f.load(ctx)
	if ctx.Err() != nil {
		return false
	}
	isStore := func(o policy.Object) bool { return o.Kind == v1alpha1.KindVectorStore }
	for _, file := range files {
		for _, d := range file.documents {
			if slices.ContainsFunc(d.resources, func(r resource) bool { return isStore(r.Object) }) ||
				slices.ContainsFunc(d.findings, func(n finding) bool { return isStore(n.Object) }) {
				return true
			}
		}
	}
	return false
}
