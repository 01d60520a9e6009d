// Drives one client through a scenario and writes down everything the client saw.

import assert from 'node:assert/strict';
import { APIPromise, TurbopufferError } from '@turbopuffer/turbopuffer';

import { admin } from './environment.mjs';
import * as masks from './masks.mjs';

const watched = ['content-type', 'retry-after', 'preference-applied', 'location', 'allow'];
const watchedUpstream = ['Prefer', 'Content-Type', 'Content-Encoding', 'Accept-Encoding', 'User-Agent', 'X-E2e'];

export class Recorder {
  transcript = [];
  called = new Set();
  admin = admin;

  constructor(client, prefix) {
    this.client = client;
    this.prefix = prefix;
  }

  // A namespace name that no other scenario uses; the same on every server.
  name(suffix) {
    return `${this.prefix}-${suffix}`;
  }

  namespace(suffix = 'a', client = this.client) {
    this.called.add(methodName(client, 'namespace'));
    return client.namespace(this.name(suffix));
  }

  // A call that must succeed.
  async call(target, method, ...args) {
    const result = await this.quietly(target, method, ...args);
    this.transcript.push({ call: methodName(target, method), result: dump(result) });
    return result;
  }

  // A call whose answer is a set in the named member.
  async callForSet(member, target, method, ...args) {
    const result = await this.quietly(target, method, ...args);
    result[member].sort();
    this.transcript.push({ call: methodName(target, method), result: dump(result) });
  }

  // A call that must end in an error of the client; with a status, in that one.
  async refused(status, target, method, ...args) {
    let result;
    try {
      result = await this.quietly(target, method, ...args);
    } catch (error) {
      const shown = dumpError(error);
      assert.ok(status === undefined || error.status === status, `${error} instead of a ${status}`);
      this.transcript.push({ call: methodName(target, method), error: shown });
      return error;
    }
    assert.fail(`${method} was not refused: ${JSON.stringify(result)}`);
  }

  // A call that a store may or may not support: either outcome is written down.
  async attempt(target, method, ...args) {
    const entry = { call: methodName(target, method) };
    try {
      entry.result = dump(await this.quietly(target, method, ...args));
    } catch (error) {
      entry.error = dumpError(error);
    }
    this.transcript.push(entry);
  }

  // The answer as it came: status, headers, and the body byte for byte.
  async raw(target, method, ...args) {
    this.called.add(methodName(target, method)).add('APIPromise.asResponse');
    const response = await target[method](...args).asResponse();
    const { status } = response;
    const body = masks.text(await response.text());
    this.transcript.push({ raw: methodName(target, method), status, headers: headersOf(response.headers), body });
  }

  async quietly(target, method, ...args) {
    this.called.add(methodName(target, method));
    const result = target[method](...args);
    if (result instanceof APIPromise) {
      this.called.add('APIPromise.then');
    }
    return result;
  }

  note(label, value) {
    this.transcript.push({ [label]: dump(value) });
  }

  // Writes down what the store received since the scenario began, in the order of arrival.
  async upstream() {
    for (const seen of (await this.admin.requests()).filter((request) => request.url.includes(this.prefix))) {
      const headers = Object.fromEntries(watchedUpstream.map((name) => [name, seen.header[name]]));
      const { method, url, body, body_len: length } = seen;
      this.transcript.push({ received: [method, masks.text(url), body, length, headers] });
    }
  }
}

// The name under which a method is counted as covered.
export function methodName(target, method) {
  return `${target.constructor.name}.${method}`;
}

function dump(value) {
  if (value instanceof Response) {
    return { status: value.status, headers: headersOf(value.headers) };
  }
  if (value?.getPaginatedItems) {
    const { namespaces, next_cursor } = value;
    return { namespaces, next_cursor };
  }
  return masks.tree(value);
}

function dumpError(error) {
  if (!(error instanceof TurbopufferError)) {
    throw error;
  }
  return {
    type: error.constructor.name,
    text: masks.text(error.message),
    status: error.status,
    body: masks.tree(error.error),
    headers: error.headers && headersOf(error.headers),
  };
}

function headersOf(headers) {
  const present = watched.filter((name) => headers.has(name));
  return Object.fromEntries(present.map((name) => [name, masks.text(headers.get(name))]));
}
