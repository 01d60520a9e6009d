package devstore

// matching collects the rows that a filter matches, at most limit of them (0 means all).
func (b *batch) matching(f value, limit int, allowPartial bool, res *writeResult) ([]*row, error) {
	match, err := b.filter(f)
	if err != nil {
		return nil, err
	}
	res.filtered, res.scanned = true, b.n.bytes
	res.partial = res.partial || allowPartial
	var rows []*row
	err = b.each(func(r *row) error {
		switch {
		case !match(r):
		case limit == 0 || len(rows) < limit:
			rows = append(rows, r)
		case !allowPartial:
			return fail(400, "the filter matches more than %d documents, and partial completion is not allowed", limit)
		default:
			res.remaining = true
		}
		return nil
	})
	return rows, err
}

func (b *batch) deleteByFilter(doc value, limit int, res *writeResult) error {
	f, ok := doc.get("delete_by_filter")
	if !ok {
		return nil
	}
	rows, err := b.matching(f, limit, doc.flag("delete_by_filter_allow_partial"), res)
	for _, r := range rows {
		b.remove(r.id)
		res.deleted = append(res.deleted, r.id)
	}
	return err
}

func (b *batch) patchByFilter(doc value, limit int, res *writeResult) error {
	p, ok := doc.get("patch_by_filter")
	if !ok {
		return nil
	}
	f, hasFilter := p.get("filters")
	set, hasPatch := p.get("patch")
	if !hasFilter || !hasPatch || set.k != kObj {
		return fail(422, "invalid patch_by_filter: expected the fields `filters` and `patch`")
	}
	rows, err := b.matching(f, limit, doc.flag("patch_by_filter_allow_partial"), res)
	if err != nil {
		return err
	}
	names, vals := set.fields()
	for _, r := range rows {
		if err := b.patchRow(r, names, vals, res); err != nil {
			return err
		}
	}
	return nil
}
