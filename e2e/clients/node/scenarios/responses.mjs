// The raw answer of every method: statuses, headers and bodies byte for byte; and the ways to await one.

import { scenario } from '../registry.mjs';
import { seeded } from './corpus.mjs';

const query = { rank_by: ['vector', 'ANN', [1, 2, 3, 4]], limit: 2, include_attributes: ['vector', 'n', 'score'] };

scenario('raw-responses', ['APIPromise.asResponse'], async (t) => {
  const ns = await seeded(t, 'a', 3);
  const source_namespace = t.name('a');
  await t.raw(t.namespace('copy'), 'copyFrom', { source_namespace });
  await t.raw(t.namespace('branch'), 'branchFrom', { source_namespace });
  await t.raw(ns, 'explainQuery', query);
  await t.raw(ns, 'query', query);
  await t.raw(ns, 'multiQuery', { queries: [query, query] });
  await t.raw(ns, 'hintCacheWarm');
  await t.raw(ns, 'metadata');
  await t.raw(ns, 'recall', { num: 1 });
  await t.raw(ns, 'schema');
  await t.raw(ns, 'updateMetadata', { pinning: true });
  await t.raw(ns, 'updateSchema', { schema: { later: 'int' } });
  await t.raw(ns, 'write', { upsert_rows: [{ id: 99, n: 1 }] });
  await t.raw(ns, 'deleteAll');
});

scenario(
  'promises',
  ['APIPromise.withResponse', 'APIPromise.then', 'APIPromise.catch', 'APIPromise.finally'],
  async (t) => {
    const ns = await seeded(t, 'a', 3);
    t.called.add('Namespace.query');
    const { data, response } = await t.quietly(ns.query(query), 'withResponse');
    t.note('data', data);
    t.note('response', response);
    await t.call(ns.query(query), 'then', (result) => result.rows.length);
    await t.call(ns.query(query), 'finally', () => t.note('finally', true));
    await t.call(t.namespace('absent').schema(), 'catch', (error) => error.message);
  },
);
