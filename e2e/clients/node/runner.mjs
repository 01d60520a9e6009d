// Runs one scenario against one server and returns its transcript.

import assert from 'node:assert/strict';

import { admin, newClient } from './environment.mjs';
import { Recorder } from './recorder.mjs';

// The namespaces are deleted through the same server, so that each server starts from, and leaves, nothing.
export async function transcriptOf(transport, scenario, prefix) {
  await admin.clear();
  try {
    const recorder = new Recorder(newClient(transport), prefix);
    await scenario.body(recorder);
    const missing = scenario.covers.filter((method) => !recorder.called.has(method));
    assert.deepEqual(missing, [], `scenario ${scenario.name} covers these methods but did not call them`);
    return recorder.transcript;
  } finally {
    await admin.clear();
    await admin.config({ async_write: false });
    await deleteNamespaces(newClient(transport), prefix);
  }
}

async function deleteNamespaces(client, prefix) {
  const names = [];
  for await (const { id } of client.namespaces({ prefix })) {
    names.push(id);
  }
  for (const name of names) {
    await client.namespace(name).deleteAll();
  }
}
