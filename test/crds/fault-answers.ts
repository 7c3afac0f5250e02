import type { ServerResponse } from 'node:http';

/** A Status object as an API server sends it, in an answer or inside a watch. */
export function status(code: number, reason: string, retryAfterSeconds?: number): object {
  const message = code === 504 ? 'Too large resource version: 900, current: 100' : `${reason}!`;
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  return { kind: 'Status', status: 'Failure', message, reason, code, ...details };
}

const REASONS: Readonly<Record<number, string>> = {
  410: 'Expired',
  429: 'TooManyRequests',
  504: 'Timeout',
};

export function refuse(response: ServerResponse, code: number, retryAfter?: string): void {
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(status(code, REASONS[code] ?? 'InternalError')));
}
