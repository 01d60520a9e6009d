// The list of namespaces, its pages, and names that look like routes.

import { NamespacePage } from '@turbopuffer/turbopuffer/core/pagination';

import { scenario } from '../registry.mjs';

const pageMethods = ['hasNextPage', 'getNextPage', 'iterPages', 'getPaginatedItems', 'nextPageRequestOptions'];

scenario(
  'namespace-pages',
  [
    'Turbopuffer.namespaces',
    'Turbopuffer.getAPIList',
    'Turbopuffer.requestAPIList',
    'PagePromise.[Symbol.asyncIterator]',
    'NamespacePage.[Symbol.asyncIterator]',
    ...pageMethods.map((method) => `NamespacePage.${method}`),
  ],
  async (t) => {
    for (const n of [0, 1, 2, 3, 4]) {
      await t.call(t.namespace(`p${n}`), 'write', { upsert_rows: [{ id: 1 }] });
    }
    const prefix = t.name('p');
    let page = await t.call(t.client, 'namespaces', { prefix, page_size: 2 });
    while (await t.call(page, 'hasNextPage')) {
      t.note('next', (await t.quietly(page, 'nextPageRequestOptions')).query);
      page = await t.call(page, 'getNextPage');
    }
    const pages = await t.call(t.client, 'namespaces', { prefix, page_size: 3 });
    for await (const each of await t.quietly(pages, 'iterPages')) {
      t.note('page', await t.quietly(each, 'getPaginatedItems'));
    }
    await iterate(t, 'PagePromise', t.client.namespaces({ prefix, page_size: 1 }));
    await iterate(t, 'NamespacePage', await t.client.namespaces({ prefix, page_size: 4 }));
    await t.call(t.client, 'namespaces', { prefix, cursor: pages.next_cursor });
    await t.call(t.client, 'namespaces', { prefix }, { query: { prefix, future: 'a b&c=ü' } });
    await t.call(t.client, 'getAPIList', '/v1/namespaces', NamespacePage, { query: { prefix } });
    const options = { method: 'get', path: '/v1/namespaces', query: { prefix, page_size: 5 } };
    await t.call(t.client, 'requestAPIList', NamespacePage, options);
    await t.raw(t.client, 'namespaces', { prefix });
    await t.upstream();
  },
);

async function iterate(t, name, iterable) {
  t.called.add(`${name}.[Symbol.asyncIterator]`);
  for await (const item of iterable) {
    t.note(name, item);
  }
}

const routeLike = ['query', 'scans', 'documents', 'metadata', 'namespaces', 'v2', '-', '_', 'a.b..c', '...'];

// These names are shared by all runs, so what an aborted run left is removed first, unrecorded.
scenario('names-like-routes', ['Namespace.write', 'Namespace.query', 'Namespace.metadata'], async (t) => {
  for (const name of [...routeLike, t.name('x').padEnd(128, 'y')]) {
    const ns = t.client.namespace(name);
    if (await ns.exists()) {
      await ns.deleteAll();
    }
    await t.call(ns, 'write', { upsert_rows: [{ id: 1, name: 'x' }] });
    await t.call(ns, 'query', { rank_by: ['id', 'asc'], limit: 1, include_attributes: true });
    await t.call(ns, 'metadata');
    await t.call(ns, 'schema');
    await t.call(ns, 'deleteAll');
    await t.call(ns, 'exists');
  }
});
