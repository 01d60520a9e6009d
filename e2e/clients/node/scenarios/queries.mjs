// query, multiQuery and explainQuery.

import { scenario } from '../registry.mjs';
import { seeded } from './corpus.mjs';

const near = ['vector', 'ANN', [1.5, 0.25, 1, 1]];
const walrus = ['text', 'BM25', 'walrus swims'];
const about = ['title', 'BM25', 'otter'];
const byId = { rank_by: ['id', 'asc'], limit: 2 };

scenario('query-rankings', ['Namespace.query'], async (t) => {
  const ns = await seeded(t);
  const rankings = [
    near,
    ['id', 'desc'],
    [['group', 'asc'], ['n', 'desc']],
    walrus,
    ['Sum', [walrus, about]],
    ['Max', [walrus, about]],
    ['Product', 2.5, walrus],
    ['Sum', [walrus, ['Product', 10, ['flag', 'Eq', true]]]],
  ];
  for (const rank_by of rankings) {
    await t.call(ns, 'query', { rank_by, limit: 5, include_attributes: ['n', 'group'] });
    await t.call(ns, 'query', { rank_by, top_k: 3 });
  }
});

scenario('query-filters', ['Namespace.query'], async (t) => {
  const ns = await seeded(t);
  const filters = [
    ['n', 'NotEq', 3],
    ['note', 'Eq', null],
    ['n', 'In', [1, 2, 999]],
    ['score', 'Gte', 3.5],
    ['tags', 'Contains', 't1'],
    ['tags', 'ContainsAny', ['t1', 't2']],
    ['path', 'Glob', '/src/1/*.go'],
    ['path', 'Regex', 'file1[0-9]'],
    ['text', 'ContainsAllTokens', 'walrus number'],
    ['born', 'Gte', '2024-01-20T00:00:00Z'],
    ['Not', ['flag', 'Eq', true]],
    ['Or', [['n', 'Eq', 1], ['And', [['n', 'Gt', 5], ['n', 'Lt', 8]]]]],
  ];
  for (const filter of filters) {
    await t.call(ns, 'query', { rank_by: ['id', 'asc'], limit: 100, filters: filter });
  }
});

scenario('query-options', ['Namespace.query'], async (t) => {
  const ns = await seeded(t);
  for (const include_attributes of [true, false, [], ['n'], ['vector', 'n']]) {
    await t.call(ns, 'query', { ...byId, include_attributes });
  }
  await t.call(ns, 'query', { ...byId, exclude_attributes: ['text', 'vector'] });
  const limit = { total: 6, per: { attributes: ['group'], limit: 2 } };
  await t.call(ns, 'query', { rank_by: ['id', 'asc'], limit, include_attributes: ['group'] });
  await t.call(ns, 'query', { ...byId, offset: 4, consistency: { level: 'eventual' } });
  await t.attempt(ns, 'query', { rank_by: near, limit: 5, distance_metric: 'euclidean_squared' });
  await t.attempt(ns, 'query', { rank_by: walrus, limit: 2, compute_attributes: { shown: ['Highlight', 'text'] } });
  const aggregate_by = { total: ['Sum', 'n'], count: ['Count'] };
  await t.call(ns, 'query', { aggregate_by, filters: ['flag', 'Eq', true] });
  await t.call(ns, 'query', { aggregate_by, group_by: ['group', 'flag'], limit: 3 });
});

scenario('multi-query', ['Namespace.multiQuery'], async (t) => {
  const ns = await seeded(t);
  const queries = [{ rank_by: near, limit: 4 }, { rank_by: walrus, limit: 4, include_attributes: ['text'] }];
  await t.call(ns, 'multiQuery', { queries: [...queries, { aggregate_by: { count: ['Count'] } }] });
  await t.call(ns, 'multiQuery', { queries, consistency: { level: 'eventual' }, vector_encoding: 'base64' });
  await t.call(ns, 'multiQuery', { queries, rerank_by: ['RRF'], limit: 5 });
  await t.call(ns, 'multiQuery', { queries, rerank_by: ['RRF', { rank_constant: 10, weights: [1, 2.5] }] });
  await t.refused(undefined, ns, 'multiQuery', { queries: [] });
  await t.refused(undefined, ns, 'multiQuery', { queries: [queries[0], { limit: 1 }] });
});

scenario('explain-query', ['Namespace.explainQuery'], async (t) => {
  const ns = await seeded(t, 'a', 3);
  await t.call(ns, 'explainQuery', { rank_by: near, limit: 2, filters: ['n', 'Gt', 1] });
  const future = { field_of_the_future: { list: [1, 2.5, null] } };
  await t.call(ns, 'explainQuery', { ...byId, ...future }, { query: { q: 'a b&c' } });
  await t.upstream();
});
