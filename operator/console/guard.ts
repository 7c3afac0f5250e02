import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../http/refusal.ts';
import { CSRF_HEADER } from './wire/paths.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

/**
 * On every answer, errors too. No Strict-Transport-Security: there is no plain port to be lured to,
 * and a browser that was told so on `localhost` would refuse the chart's own certificate without a
 * way past it, and every other program there that speaks plain HTTP.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

export const NO_STORE = { 'cache-control': 'no-store' } as const;

/** Headers for all routes of `app`, and no request that changes something from another origin. */
export function guarded(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (request.url.startsWith('/api/')) reply.headers(NO_STORE);
    const refused = foreign(request);
    if (refused !== undefined) throw new Refusal(403, 'FOREIGN_ORIGIN', refused);
  });
}

/**
 * Why a request is not one of our own page; undefined when it may be. The header alone would do: a
 * page of another origin cannot set it unasked. What the browser itself says comes on top.
 */
export function foreign({
  method,
  headers,
}: Pick<FastifyRequest, 'method' | 'headers'>): string | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (headers[CSRF_HEADER] === undefined) return `the header ${CSRF_HEADER} is missing`;
  const site = headers['sec-fetch-site'];
  // It compares what it asked with who asked; a proxy in between may have written another `host`.
  if (site === 'same-origin') return undefined;
  if (site !== undefined) return `it comes from another site (${site})`;
  const { origin, host } = headers;
  if (origin === undefined) return undefined; // no browser: those say one or the other
  const isOwn = URL.canParse(origin) && new URL(origin).host === host && /^https:/.test(origin);
  return isOwn ? undefined : 'it comes from a page of another origin';
}
