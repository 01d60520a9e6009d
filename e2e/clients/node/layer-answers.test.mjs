// What Layer answers in its own name, where a direct call is answered otherwise: keys, routes, a lost store.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  APIError,
  AuthenticationError,
  NotFoundError,
  PermissionDeniedError,
  UnprocessableEntityError,
} from '@turbopuffer/turbopuffer';

import { admin, hasGateway, layerTransports, newClient } from './environment.mjs';

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof APIError, String(error));
    return error;
  }
  assert.fail('not refused');
}

// With the same server on both sides there is no gateway whose own answers could be asked for.
for (const transport of hasGateway ? layerTransports : []) {
  describe(`Layer's own answers over ${transport.name}`, () => {
    test('unknown key', async () => {
      const namespace = newClient(transport, { apiKey: 'tpuf_not_this_one' }).namespace('any');
      for (const act of [() => namespace.schema(), () => namespace.write({ upsert_rows: [{ id: 1 }] })]) {
        const error = await failure(act());
        assert.ok(error instanceof PermissionDeniedError);
        assert.deepEqual(error.error, { error: 'invalid API key' });
      }
    });

    for (const authorization of [null, 'Basic dXNlcjpwYXNz', 'Bearer', 'tpuf_key']) {
      test(`malformed key ${authorization}`, async () => {
        const client = newClient(transport, { defaultHeaders: { Authorization: authorization } });
        const error = await failure(client.namespace('any').schema());
        assert.ok(error instanceof AuthenticationError);
        assert.deepEqual(error.error, { error: 'missing or malformed Authorization: Bearer header' });
      });
    }

    test('wrong method', async () => {
      const error = await failure(newClient(transport).put('/v1/namespaces/any/schema'));
      assert.equal(error.status, 405);
      assert.equal(error.error.error, 'method_not_allowed');
      const allowed = error.headers.get('allow').split(',').map((method) => method.trim());
      assert.ok(['GET', 'POST'].every((method) => allowed.includes(method)), String(allowed));
    });

    test('unknown route', async () => {
      const error = await failure(newClient(transport).get('/v2/no/such/route'));
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.error.error, 'not_found');
    });

    // The client percent-encodes such a name, and no allowed name needs that.
    for (const name of ['with space', 'a/b', '100%', 'ü']) {
      test(`namespace "${name}"`, async () => {
        const error = await failure(newClient(transport).namespace(name).schema());
        assert.ok(error instanceof UnprocessableEntityError);
        assert.equal(error.error.error, 'validation_error');
      });
    }

    test('lost store', async () => {
      await admin.faults({ path_contains: '/lost-store/', close: true });
      try {
        const query = newClient(transport).namespace('lost-store').query({ rank_by: ['id', 'asc'], limit: 1 });
        const error = await failure(query);
        assert.equal(error.status, 502);
        assert.deepEqual(Object.keys(error.error).sort(), ['error', 'message']);
        assert.equal(error.error.error, 'upstream_error');
      } finally {
        await admin.clear();
      }
    });
  });
}
