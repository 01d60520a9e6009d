// Metadata, schema, hints, copies and deletion of namespaces.

import { scenario } from '../registry.mjs';
import { contents, seeded } from './corpus.mjs';

scenario('metadata', ['Namespace.metadata', 'Namespace.updateMetadata'], async (t) => {
  const ns = await seeded(t, 'a', 3);
  await t.call(ns, 'metadata');
  await t.call(ns, 'updateMetadata', { pinning: true });
  await t.call(ns, 'updateMetadata', { pinning: { replicas: 2 } });
  await t.call(ns, 'updateMetadata', { pinning: null, field_of_the_future: [1] });
  await t.call(ns, 'metadata');
  await t.upstream();
});

scenario('schema', ['Namespace.schema', 'Namespace.updateSchema', 'Namespace.exists'], async (t) => {
  const ns = t.namespace();
  await t.call(ns, 'exists');
  await seeded(t, 'a', 2);
  await t.call(ns, 'exists');
  await t.call(ns, 'schema');
  await t.call(ns, 'updateSchema', { schema: { later: { type: '[]int', filterable: false }, short: 'uint' } });
  await t.refused(400, ns, 'updateSchema', { schema: { n: { type: 'string' } } });
  await t.call(ns, 'schema');
});

scenario('hints-and-recall', ['Namespace.hintCacheWarm', 'Namespace.recall'], async (t) => {
  const ns = await seeded(t);
  await t.call(ns, 'hintCacheWarm');
  await t.call(ns, 'recall');
  await t.call(ns, 'recall', { num: 1, top_k: 5, filters: ['n', 'Gt', 3], include_ground_truth: true });
  await t.upstream();
});

scenario('copies', ['Namespace.copyFrom', 'Namespace.branchFrom', 'Namespace.write'], async (t) => {
  await seeded(t, 'source', 4);
  const source_namespace = t.name('source');
  await t.call(t.namespace('w1'), 'write', { copy_from_namespace: source_namespace });
  await t.call(t.namespace('w2'), 'write', { branch_from_namespace: { source_namespace } });
  await t.call(t.namespace('copy'), 'copyFrom', { source_namespace });
  await t.call(t.namespace('branch'), 'branchFrom', { source_namespace });
  await t.call(t.namespace('branch'), 'write', { upsert_rows: [{ id: 1, n: -1 }], deletes: [2] });
  for (const suffix of ['w1', 'w2', 'copy', 'branch', 'source']) {
    await contents(t, t.namespace(suffix));
  }
  for (const method of ['copyFrom', 'branchFrom']) {
    await t.refused(404, t.namespace('broken'), method, { source_namespace: t.name('absent') });
  }
});

scenario('deletion', ['Namespace.deleteAll', 'Namespace.exists'], async (t) => {
  const ns = await seeded(t, 'a', 3);
  await t.call(ns, 'deleteAll');
  await t.call(ns, 'exists');
  await t.refused(404, ns, 'deleteAll');
  await t.call(ns, 'write', { upsert_rows: [{ id: 'now a string' }] });
  await contents(t, ns);
});

scenario('respond-async', ['Namespace.write'], async (t) => {
  await t.admin.config({ async_write: true });
  const ns = t.namespace();
  const polls = `/${t.name('a')}/operations/`;
  await t.call(ns, 'write', { upsert_rows: [{ id: 1 }, { id: 2 }], return_affected_ids: true });
  await t.call(ns, 'write', { upsert_rows: [{ id: 3 }] }, { headers: { Prefer: null } });
  await t.raw(ns, 'write', { upsert_rows: [{ id: 4 }] });
  await t.admin.faults({ path_contains: polls, status: 200, body: '{"status":"running"}', count: 1 });
  await t.call(ns, 'write', { upsert_rows: [{ id: 5 }] });
  const error = { status_code: 400, detail: { status: 'error', error: 'too late' } };
  const body = JSON.stringify({ status: 'finished', result: { error } });
  await t.admin.faults({ path_contains: polls, status: 200, body, count: 1 });
  await t.refused(400, ns, 'write', { upsert_rows: [{ id: 6 }] });
  await contents(t, ns);
});
