// Where the servers under test are: read from LAYER_E2E_* variables, see ../README.md.

import Turbopuffer from '@turbopuffer/turbopuffer';

const required = ['LAYER_E2E_DIRECT_URL', 'LAYER_E2E_HTTP_URL', 'LAYER_E2E_API_KEY', 'LAYER_E2E_ADMIN_URL'];
const missing = required.filter((name) => !process.env[name]);
if (missing.length > 0) {
  throw new Error(`unset: ${missing.join(', ')}; see e2e/clients/README.md`);
}

export const direct = { name: 'direct', baseURL: process.env.LAYER_E2E_DIRECT_URL };

export const layerTransports = [
  { name: 'http', baseURL: process.env.LAYER_E2E_HTTP_URL },
  ...(process.env.LAYER_E2E_HTTPS_URL ? [{ name: 'https', baseURL: process.env.LAYER_E2E_HTTPS_URL }] : []),
];

// False when the suite is run with the same server on both sides, to test the suite itself.
export const hasGateway = layerTransports.every((t) => t.baseURL !== direct.baseURL);

export function newClient(transport, options = {}) {
  const apiKey = process.env.LAYER_E2E_API_KEY;
  return new Turbopuffer({ apiKey, baseURL: transport.baseURL, maxRetries: 0, logLevel: 'off', ...options });
}

// The store's test-only control side: faults, configuration, and the requests it received.
export const admin = {
  faults: (...faults) => send('POST', 'faults', faults),
  config: (switches) => send('POST', 'config', switches),
  clear: () => send('POST', 'clear'),
  requests: async () => (await send('GET', 'requests')) ?? [],
};

async function send(method, call, body) {
  const url = `${process.env.LAYER_E2E_ADMIN_URL.replace(/\/$/, '')}/${call}`;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${url}: ${response.status} ${text}`);
  }
  return text.trim() ? JSON.parse(text) : undefined;
}
