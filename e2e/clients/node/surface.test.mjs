// No public method of the client may be left out of the scenarios.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scenarios } from './registry.mjs';
import { publicMethods } from './surface.mjs';
import './scenarios/index.mjs';

// No store offers PUT: what Layer answers is its own contract (layer-answers.test.mjs, "wrong method").
const coveredElsewhere = ['Turbopuffer.put'];

test('every public method is in a scenario', () => {
  const covered = new Set([...coveredElsewhere, ...[...scenarios.values()].flatMap((s) => s.covers)]);
  const known = publicMethods();
  assert.deepEqual(known.filter((method) => !covered.has(method)), [], 'public methods in no scenario');
  assert.deepEqual([...covered].filter((method) => !known.includes(method)), [], 'methods the client no longer has');
});
