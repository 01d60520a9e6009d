// Compressed and large bodies, both ways.

import { createHash } from 'node:crypto';

import { scenario } from '../registry.mjs';

// Text that gzip cannot shrink to nothing.
function noise(seed, length) {
  let text = '';
  for (let i = 0; text.length < length; i++) {
    text += createHash('sha256').update(`${seed}/${i}`).digest('hex');
  }
  return text.slice(0, length);
}

const everything = { rank_by: ['id', 'asc'], limit: 1000, include_attributes: true };

// With compression the client gzips requests over 1024 bytes and asks for gzip answers; without, for identity.
scenario('compressed-bodies', ['Namespace.write', 'Namespace.query'], async (t) => {
  for (const compression of [false, true]) {
    const ns = t.namespace(`compression-${compression}`, t.client.withOptions({ compression }));
    const texts = Array.from({ length: 8 }, (_, n) => noise(n, 400));
    await t.call(ns, 'write', { upsert_rows: texts.map((s, id) => ({ id, s })) });
    await t.call(ns, 'write', { upsert_rows: [{ id: 9, s: 'small' }] });
    await t.raw(ns, 'query', everything);
    await t.call(ns, 'explainQuery', { ...everything, filters: ['s', 'In', texts] });
  }
});

// Some MiB in one write and in one answer, plain and compressed.
scenario('large-bodies', ['Namespace.write', 'Namespace.query'], async (t) => {
  for (const compression of [false, true]) {
    const ns = t.namespace(`compression-${compression}`, t.client.withOptions({ compression }));
    const upsert_rows = Array.from({ length: 256 }, (_, id) => {
      return { id, vector: Array(256).fill(id + 0.5), s: noise(id, 16_384) };
    });
    await t.call(ns, 'write', { upsert_rows, distance_metric: 'cosine_distance' });
    const { rows, billing } = await t.quietly(ns, 'query', everything);
    t.note('billing', billing);
    t.note('digest', createHash('sha256').update(JSON.stringify(rows)).digest('hex'));
  }
});
