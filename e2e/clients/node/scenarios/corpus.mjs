// Documents that several scenarios read.

export const schema = {
  text: { type: 'string', full_text_search: { language: 'english', stemming: true, remove_stopwords: false } },
  title: { type: 'string', full_text_search: true, filterable: true },
  path: { type: 'string', glob: true, regex: true },
  name: { type: 'string', fuzzy: true },
  born: { type: 'datetime' },
  ref: { type: 'uuid' },
};

const animals = ['walrus', 'fox', 'otter', 'walruses', 'heron'];

export function document(n) {
  return {
    id: n,
    vector: [(n % 7) + 0.5, (n % 5) - 1.25, (n % 3) + 0.125, 1],
    n,
    score: n / 8 + 0.001,
    group: n % 2 === 0 ? 'even' : 'odd',
    flag: n % 3 === 0,
    tags: ['a', `t${n % 4}`],
    text: `the ${animals[n % 5]} number ${n} swims past the other ${animals[(n + 1) % 5]}`,
    title: `About the ${animals[n % 5]}`,
    path: `/src/${n % 4}/file${n}.go`,
    name: `Kingfisher ${n % 6}`,
    born: `2024-01-${String((n % 28) + 1).padStart(2, '0')}T10:20:30Z`,
    ref: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    note: n % 4 ? null : `note ${n}`,
  };
}

// A namespace with the first documents of the corpus.
export async function seeded(t, suffix = 'a', rows = 30) {
  const namespace = t.namespace(suffix);
  const upsert_rows = Array.from({ length: rows }, (_, i) => document(i + 1));
  await t.call(namespace, 'write', { upsert_rows, schema, distance_metric: 'cosine_distance' });
  return namespace;
}

// Writes down every row of a small namespace.
export async function contents(t, namespace) {
  await t.call(namespace, 'query', { rank_by: ['id', 'asc'], limit: 100, include_attributes: true });
}
