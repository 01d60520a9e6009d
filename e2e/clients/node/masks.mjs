// What may differ between two runs of the same calls, and nothing else: timings, times of day, operation tokens.

const times = ['created_at', 'updated_at', 'last_write_at', 'start_time', 'finish_time'];

const inText = [
  [/("\w+_ms": ?)[0-9.eE+-]+/g, '$1<ms>'],
  [new RegExp(`("(?:${times.join('|')})": ?)"[^"]*"`, 'g'), '$1"<time>"'],
  [/("token": ?)"[^"]*"/g, '$1"<token>"'],
  [/(\/operations\/)[^/?"' ]+/g, '$1<token>'],
];

export function text(value) {
  return inText.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), value);
}

export function tree(value, key = '') {
  if (Array.isArray(value)) {
    return value.map((item) => tree(item));
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, tree(v, k)]));
  }
  if (key.endsWith('_ms') && typeof value === 'number') {
    return '<ms>';
  }
  if (times.includes(key) && typeof value === 'string') {
    return '<time>';
  }
  if (key === 'token') {
    return '<token>';
  }
  return typeof value === 'string' ? text(value) : value;
}

// One line for each value, for a readable difference.
export function lines(transcript) {
  return JSON.stringify(transcript, null, 1).split('\n');
}
