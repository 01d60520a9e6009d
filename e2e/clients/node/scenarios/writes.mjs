// namespace.write in each of its forms.

import { scenario } from '../registry.mjs';
import { contents, seeded } from './corpus.mjs';

scenario('write-rows', ['Namespace.write', 'Namespace.query'], async (t) => {
  const ns = t.namespace();
  const upsert_rows = [
    { id: 1, s: 'plain', i: -5, f: 0.1, b: true, list: ['x', 'y'], none: null },
    { id: 2, s: 'ünïcødé ✓ 日本 \u0000 \\ " \n', i: Number.MAX_SAFE_INTEGER, f: 1e-7, b: false, list: [] },
    { id: 3, extra: 'only here', 'with space': 1, Ünïcode: 'name' },
  ];
  await t.call(ns, 'write', { upsert_rows, schema: { i: 'int', f: 'float', list: '[]string' } });
  await contents(t, ns);
  await t.call(ns, 'write', { upsert_rows: [{ id: 1, s: 'replaced' }], return_affected_ids: true });
  await t.call(ns, 'write', { upsert_rows: [] });
  await contents(t, ns);
});

scenario('write-columns', ['Namespace.write'], async (t) => {
  const ns = t.namespace();
  const upsert_columns = { id: [1, 2, 3], vector: [[1, 2], [3.5, 4], [5, 6]], n: [10, 20, 30], s: ['x', null, 'z'] };
  await t.call(ns, 'write', { upsert_columns, distance_metric: 'euclidean_squared' });
  await t.call(ns, 'write', { patch_columns: { id: [1, 3, 99], n: [11, 33, 0] }, return_affected_ids: true });
  await contents(t, ns);
});

scenario('write-patches-and-deletes', ['Namespace.write'], async (t) => {
  const ns = await seeded(t, 'a', 12);
  await t.call(ns, 'write', { patch_rows: [{ id: 1, n: 100, later: 'attribute' }, { id: 77, n: 1 }] });
  await t.call(ns, 'write', { patch_by_filter: { filters: ['n', 'Eq', 4], patch: { flag: true, note: null } } });
  const patch_by_filter = { filters: ['n', 'Lt', 4], patch: { group: 'low' } };
  const patch = { patch_by_filter, patch_by_filter_allow_partial: true, return_affected_ids: true };
  await t.callForSet('patched_ids', ns, 'write', patch);
  await t.call(ns, 'write', { deletes: [1, 2, 404], return_affected_ids: true });
  await t.call(ns, 'write', { delete_by_filter: ['n', 'Lt', 6], delete_by_filter_allow_partial: true });
  const deletion = { delete_by_filter: ['n', 'Gt', 10], return_affected_ids: true };
  await t.callForSet('deleted_ids', ns, 'write', deletion);
  await contents(t, ns);
});

scenario('write-conditions', ['Namespace.write'], async (t) => {
  const ns = await seeded(t, 'a', 4);
  const affected = { return_affected_ids: true };
  const upsert_rows = [{ id: 1, n: 5 }, { id: 2, n: 0 }, { id: 9, n: 9 }];
  await t.call(ns, 'write', { upsert_rows, upsert_condition: ['n', 'Lt', { $ref_new: 'n' }], ...affected });
  await t.call(ns, 'write', { patch_rows: [{ id: 3, n: 33 }], patch_condition: ['n', 'Eq', 3], ...affected });
  await t.call(ns, 'write', { deletes: [3, 4], delete_condition: ['n', 'Lt', 10], ...affected });
  await contents(t, ns);
});

scenario('write-combined', ['Namespace.write'], async (t) => {
  const ns = await seeded(t, 'a', 6);
  await t.call(ns, 'write', {
    upsert_rows: [{ id: 20, n: 20 }],
    patch_rows: [{ id: 1, n: 11 }],
    deletes: [2],
    delete_by_filter: ['n', 'Eq', 3],
    patch_by_filter: { filters: ['n', 'Eq', 4], patch: { n: 44 } },
    disable_backpressure: true,
    return_affected_ids: true,
  });
  await contents(t, ns);
});

scenario('write-settings', ['Namespace.write', 'Namespace.query', 'Namespace.deleteAll'], async (t) => {
  await t.attempt(t.namespace('sharded'), 'write', { upsert_rows: [{ id: 1 }], sharding: { num_shards: 2 } });
  await t.attempt(t.namespace('plain'), 'write', { upsert_rows: [{ id: 1 }], encryption: { mode: 'default' } });
  await t.attempt(t.namespace('schema'), 'write', { schema: { s: { type: 'string', filterable: false } } });
  const locked = { mode: 'customer-managed', key_name: 'projects/x/locations/y' };
  await t.refused(400, t.namespace('locked'), 'write', { upsert_rows: [{ id: 1 }], encryption: locked });
  const bound = t.namespace('bound');
  const namespace = t.name('other');
  await t.call(bound, 'write', { namespace, upsert_rows: [{ id: 1 }] });
  await t.call(bound, 'query', { namespace, rank_by: ['id', 'asc'], limit: 1 });
  await t.call(bound, 'deleteAll', { namespace });
});
