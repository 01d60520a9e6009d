// Answers that the client reacts to by itself: retries, Retry-After, lost connections, time-outs.

import { scenario } from '../registry.mjs';
import { seeded } from './corpus.mjs';

const query = { rank_by: ['id', 'asc'], limit: 1 };

// A store's refusal reaches the client as it is, at once, with its Retry-After.
scenario('refusals-relayed', ['Namespace.query', 'Namespace.write'], async (t) => {
  const ns = await seeded(t, 'a', 2);
  const path_contains = t.name('a');
  const faults = { 429: '1', 503: '7', 500: '', 502: '', 504: '', 408: '', 409: '0.25' };
  for (const [code, retry_after] of Object.entries(faults)) {
    const status = Number(code);
    await t.admin.faults({ path_contains, status, retry_after });
    await t.refused(status, ns, 'query', query);
    await t.refused(status, ns, 'write', { upsert_rows: [{ id: 3 }] }, { maxRetries: 0 });
  }
  await t.admin.faults({ path_contains, status: 418, body: '{"status":"error","error":"strange ✓"}' });
  await t.refused(418, ns, 'query', query);
  await t.admin.faults({ path_contains, status: 500, body: 'not JSON' });
  await t.refused(500, ns, 'query', query);
});

scenario('retries', ['Namespace.query', 'Namespace.write'], async (t) => {
  await seeded(t, 'a', 2);
  const ns = t.namespace('a', t.client.withOptions({ maxRetries: 3 }));
  const path_contains = t.name('a');
  const faults = [
    { status: 429, retry_after: '0.05', count: 2 },
    { status: 503, count: 1 },
    { status: 500, retry_after: '0.05', count: 3 },
    { close: true, count: 1 },
  ];
  for (const fault of faults) {
    await t.admin.faults({ path_contains, ...fault });
    await t.call(ns, 'query', query);
  }
  await t.admin.faults({ path_contains, status: 503, retry_after: '0.05', count: 5 });
  await t.call(ns, 'write', { upsert_rows: [{ id: 50 }] });
  await t.admin.faults({ path_contains, status: 429, retry_after: '0.05' });
  await t.refused(429, ns, 'query', query);
});

// The client gives up by itself, long before anything between it and the store would.
scenario('time-outs', ['Namespace.query'], async (t) => {
  const ns = await seeded(t, 'a', 2);
  await t.admin.faults({ path_contains: `/${t.name('a')}/query`, delay_ms: 2500, count: 1 });
  await t.refused(undefined, ns, 'query', query, { timeout: 300 });
  await t.call(ns, 'query', query);
  await t.refused(undefined, ns, 'query', query, { signal: AbortSignal.abort() });
});
