// Ids, numbers and vectors. Integers above 2^53 do not fit this client's numbers: it may lose their last digits when
// it parses them, but must lose the same ones on both sides, and in the raw text there is nothing to lose.

import { scenario } from '../registry.mjs';
import { contents } from './corpus.mjs';

const json = { headers: { 'content-type': 'application/json' } };

scenario('ids', ['Namespace.write', 'Namespace.query', 'Turbopuffer.post'], async (t) => {
  const uints = t.namespace('uint');
  const rows = '[{"id":0},{"id":9007199254740993,"i":-9223372036854775808,"f":1.0},{"id":18446744073709551615}]';
  const body = `{"upsert_rows":${rows},"schema":{"i":"int","f":"float"},"return_affected_ids":true}`;
  await t.raw(t.client, 'post', `/v2/namespaces/${t.name('uint')}`, { ...json, body });
  await t.raw(uints, 'query', { rank_by: ['id', 'asc'], limit: 9, include_attributes: true });
  await contents(t, uints);
  await t.refused(400, uints, 'write', { upsert_rows: [{ id: 'a string' }] });
  const strings = t.namespace('string');
  const ids = ['a', '10', '9', 'a/b?c#d%2F', 'space d', '日本', 'x'.repeat(64)];
  await t.call(strings, 'write', { upsert_rows: ids.map((id) => ({ id })), return_affected_ids: true });
  await t.call(strings, 'write', { deletes: ['10', 'absent'], return_affected_ids: true });
  await contents(t, strings);
  await t.refused(undefined, strings, 'write', { upsert_rows: [{ id: 'x'.repeat(65) }] });
  const uuids = t.namespace('uuid');
  const uuid = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
  await t.call(uuids, 'write', { upsert_rows: [{ id: uuid, n: 1 }], schema: { id: 'uuid' } });
  await t.call(uuids, 'query', { rank_by: ['id', 'asc'], limit: 5, filters: ['id', 'Eq', uuid] });
});

function base64(...values) {
  return Buffer.from(new Float32Array(values).buffer).toString('base64');
}

scenario('vectors', ['Namespace.write', 'Namespace.query', 'Namespace.schema'], async (t) => {
  const ns = t.namespace();
  const upsert_rows = [
    { id: 1, vector: [0.1, 0.2, 0.3], small: [0.1, 1 / 3] },
    { id: 2, vector: base64(1.5, -2.25, 3.125), small: [1000.5, -3] },
    { id: 3, vector: [1, 2, 3], small: [7, 8] },
  ];
  const schema = { small: { type: '[2]f16', ann: { distance_metric: 'cosine_distance' } } };
  await t.call(ns, 'write', { upsert_rows, schema, distance_metric: 'euclidean_squared' });
  await t.call(ns, 'schema');
  for (const vector_encoding of ['float', 'base64']) {
    await t.call(ns, 'query', { rank_by: ['id', 'asc'], limit: 9, include_attributes: ['vector'], vector_encoding });
    await t.raw(ns, 'query', { rank_by: ['id', 'asc'], limit: 9, include_attributes: true, vector_encoding });
  }
  for (const operator of ['ANN', 'kNN']) {
    const filters = ['id', 'Gte', 1];
    await t.call(ns, 'query', { rank_by: ['vector', operator, [0.1, 0.2, 0.3]], limit: 3, filters });
  }
  await t.call(ns, 'query', { rank_by: ['small', 'ANN', [0.1, 0.33]], limit: 3, include_attributes: true });
  await t.refused(400, ns, 'query', { rank_by: ['vector', 'ANN', [0.1, 0.2]], limit: 3 });
  await t.refused(400, ns, 'write', { upsert_rows: [{ id: 4, vector: [1.5] }] });
});
