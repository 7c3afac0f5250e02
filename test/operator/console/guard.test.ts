import { expect, it } from 'vitest';
import { foreign } from '../../../operator/console/guard.ts';

const own = { 'x-trading-console': '1', host: 'localhost:9443' };
const from = (headers: Record<string, string>, method = 'POST') =>
  foreign({ method, headers: { ...own, ...headers } });

it('our own page may change things, and so may a program that sends the header', () => {
  const page = { origin: 'https://localhost:9443', 'sec-fetch-site': 'same-origin' };
  expect(from(page)).toBeUndefined();
  expect(from({})).toBeUndefined();
});

it('behind a proxy that writes its own host, the page may still kill', () => {
  const headers = { origin: 'https://console.example', 'sec-fetch-site': 'same-origin' };
  expect(from({ ...headers, host: 'operator.trading.svc:9443' })).toBeUndefined();
});

it.each([
  [{ origin: 'https://evil.example' }],
  [{ origin: 'http://localhost:9443' }],
  [{ origin: 'https://localhost:9444' }],
  [{ origin: 'null' }],
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'same-site' }],
  [{ 'sec-fetch-site': 'none' }],
])('another page may not: %j', (headers) => {
  expect(from(headers)).toBeDefined();
});

it.each(['POST', 'DELETE', 'PUT', 'PATCH'])('%s without our header is refused', (method) => {
  expect(foreign({ method, headers: { host: 'localhost:9443' } })).toContain('x-trading-console');
});

it('reading needs no header', () => {
  expect(foreign({ method: 'GET', headers: { 'sec-fetch-site': 'cross-site' } })).toBeUndefined();
});
