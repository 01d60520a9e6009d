// The public methods of the installed client, by reflection: a method added by a new version shows up by itself.
// At run time TypeScript's private methods look like any other; the package's declarations tell them apart.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Turbopuffer, { APIPromise, Namespace, PagePromise } from '@turbopuffer/turbopuffer';
import { NamespacePage } from '@turbopuffer/turbopuffer/core/pagination';

const packageRoot = dirname(createRequire(import.meta.url).resolve('@turbopuffer/turbopuffer'));

const classes = [
  [Turbopuffer, 'client.d.ts'],
  [Namespace, 'resources/namespaces.d.ts'],
  [APIPromise, 'core/api-promise.d.ts'],
  [PagePromise, 'core/pagination.d.ts'],
  [NamespacePage, 'core/pagination.d.ts'],
  [Object.getPrototypeOf(NamespacePage), 'core/pagination.d.ts', 'NamespacePage'],
];

export function publicMethods() {
  return classes.flatMap(([type, declarations, name = type.name]) => {
    const hidden = hiddenIn(declarations);
    const own = Reflect.ownKeys(type.prototype).filter((key) => isMethod(type.prototype, key));
    return own.map((key) => (typeof key === 'symbol' ? `[${key.description}]` : key))
      .filter((key) => key !== 'constructor' && !key.startsWith('_') && !hidden.has(key))
      .map((key) => `${name}.${key}`);
  });
}

function isMethod(prototype, key) {
  return typeof Object.getOwnPropertyDescriptor(prototype, key).value === 'function';
}

function hiddenIn(declarations) {
  const text = readFileSync(join(packageRoot, declarations), 'utf8');
  return new Set([...text.matchAll(/^\s+(?:private|protected) (\w+)/gm)].map((match) => match[1]));
}
