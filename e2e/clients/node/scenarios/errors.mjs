// What the store refuses, refused in the store's own words.

import { scenario } from '../registry.mjs';
import { seeded } from './corpus.mjs';

const byId = { rank_by: ['id', 'asc'], limit: 1 };

scenario('refused-queries', ['Namespace.query'], async (t) => {
  const ns = await seeded(t, 'a', 5);
  const filters = [
    ['absent', 'Eq', 1],
    ['n', 'NoSuchOperator', 1],
    ['text', 'Eq', 'not filterable'],
    ['And', 'not a list'],
    [],
    'not a filter',
  ];
  for (const filter of filters) {
    await t.attempt(ns, 'query', { ...byId, filters: filter });
  }
  const queries = [
    {},
    { rank_by: ['id', 'asc'] },
    { rank_by: 'id', limit: 1 },
    { rank_by: ['n', 'BM25', 'walrus'], limit: 1 },
    { rank_by: ['id', 'asc'], limit: 0 },
    { ...byId, include_attributes: ['absent'] },
    { ...byId, consistency: { level: 'whatever' } },
  ];
  for (const query of queries) {
    await t.refused(undefined, ns, 'query', query);
  }
  await t.attempt(ns, 'query', { ...byId, field_of_the_future: 1 });
});

scenario('refused-writes', ['Namespace.write'], async (t) => {
  const ns = await seeded(t, 'a', 2);
  const writes = [
    { upsert_rows: [{ n: 1 }] },
    { upsert_rows: 'not a list' },
    { upsert_rows: [{ id: 1, n: 'not a number' }] },
    { upsert_rows: [{ id: 1, vector: 'not base64!' }] },
    { upsert_columns: { id: [1, 2], n: [1] } },
    { deletes: 5 },
    { delete_by_filter: ['absent', 'Eq', 1] },
    { upsert_rows: [{ id: 1 }], distance_metric: 'no such metric' },
    { upsert_rows: [{ id: 1 }], schema: { n: { type: 'string' } } },
  ];
  for (const write of writes) {
    await t.refused(undefined, ns, 'write', write);
  }
  await t.attempt(ns, 'write', {});
  await t.attempt(ns, 'write', { upsert_rows: [{ id: 9 }], field_of_the_future: { x: 1.5 } });
});

scenario('missing-namespace', ['Namespace.query', 'Namespace.schema', 'Namespace.metadata'], async (t) => {
  const ns = t.namespace('absent');
  const calls = {
    query: byId,
    multiQuery: { queries: [byId] },
    explainQuery: byId,
    metadata: {},
    updateMetadata: { pinning: true },
    schema: {},
    hintCacheWarm: {},
    recall: {},
    deleteAll: {},
  };
  for (const [method, params] of Object.entries(calls)) {
    await t.refused(404, ns, method, params);
  }
  await t.attempt(ns, 'write', { deletes: [1] });
});
