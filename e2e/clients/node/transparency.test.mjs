// Every scenario, directly and through Layer: the two transcripts must be equal.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { admin, direct, hasGateway, layerTransports } from './environment.mjs';
import * as masks from './masks.mjs';
import { scenarios } from './registry.mjs';
import { transcriptOf } from './runner.mjs';
import './scenarios/index.mjs';

const runId = randomUUID().slice(0, 8);
const reference = new Map();

const transports = layerTransports.map((t) => `${t.name} ${t.baseURL}`).join(', ');
console.log(`direct ${direct.baseURL} against ${transports}`);
if (!hasGateway) {
  console.log("Layer's own answers are left out: both sides are the same server");
}

before(async () => {
  await admin.clear();
  await admin.config({ record: true, async_write: false });
});

for (const transport of layerTransports) {
  describe(`same answers over ${transport.name}`, () => {
    for (const scenario of scenarios.values()) {
      test(scenario.name, async () => {
        const prefix = `node-${runId}-${scenario.name}`;
        if (!reference.has(scenario.name)) {
          reference.set(scenario.name, await transcriptOf(direct, scenario, prefix));
        }
        const throughLayer = await transcriptOf(transport, scenario, prefix);
        assert.deepEqual(masks.lines(throughLayer), masks.lines(reference.get(scenario.name)));
      });
    }
  });
}
