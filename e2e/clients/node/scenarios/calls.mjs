// The client itself: options and low-level calls.

import { scenario } from '../registry.mjs';
import { seeded } from './corpus.mjs';

const query = { rank_by: ['id', 'asc'], limit: 2 };

scenario('client-options', ['Turbopuffer.withOptions', 'Turbopuffer.namespace'], async (t) => {
  await seeded(t, 'a', 3);
  const optionSets = [
    { defaultHeaders: { 'X-E2e': 'one, two' } },
    { defaultQuery: { trace: 'a/b c', n: '1' } },
    { timeout: 30_000, connectTimeout: 5000, idleTimeout: 1000 },
    { compression: true },
    { maxRetries: 2 },
  ];
  for (const options of optionSets) {
    const ns = t.namespace('a', await t.quietly(t.client, 'withOptions', options));
    await t.call(ns, 'explainQuery', query);
    await t.call(ns, 'query', query);
  }
  const headers = { 'X-E2e': 'per call', 'User-Agent': 'other', Accept: '*/*' };
  await t.call(t.namespace(), 'explainQuery', query, { headers, query: { q: '1,2', e: '' }, timeout: 20_000 });
  await t.upstream();
});

const lowLevel = ['get', 'post', 'patch', 'delete', 'request', 'buildURL', 'buildRequest', 'fetchWithTimeout'];

scenario('low-level-calls', lowLevel.map((method) => `Turbopuffer.${method}`), async (t) => {
  await seeded(t, 'a', 3);
  const [v1, v2] = ['v1', 'v2'].map((version) => `/${version}/namespaces/${t.name('a')}`);
  await t.call(t.client, 'get', `${v1}/metadata`);
  await t.raw(t.client, 'get', '/v1/namespaces', { query: { prefix: t.name('a') } });
  await t.call(t.client, 'post', `${v2}/query`, { body: { rank_by: ['id', 'asc'], top_k: 2 } });
  await t.call(t.client, 'patch', `${v1}/metadata`, { body: { pinning: false } });
  await t.call(t.client, 'request', { method: 'get', path: `${v1}/schema` });
  await byHand(t, `${v1}/schema`);
  await t.call(t.client, 'delete', v2);
  await t.refused(404, t.client, 'get', `${v1}/metadata`);
});

// What the client does for each call, step by step.
async function byHand(t, path) {
  const url = new URL(await t.quietly(t.client, 'buildURL', path, { e: 'x' }));
  t.note('url', url.pathname + url.search);
  const { req, url: requestURL } = await t.quietly(t.client, 'buildRequest', { method: 'get', path });
  const controller = new AbortController();
  const response = await t.quietly(t.client, 'fetchWithTimeout', requestURL, req, 20_000, controller);
  t.note('response', response);
  t.note('body', await response.json());
}
