import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface Health {
  /** undefined: well. A text: what is wrong. */
  readonly alive: () => string | undefined;
  readonly ready: () => string | undefined;
}

/**
 * /livez, /readyz and /metrics over plain HTTP: nothing here takes or shows a secret. Without a
 * registry the metrics are elsewhere, for those who may read them.
 */
export function probeServer(registry: Registry | undefined, health: Health): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET') return say(response, 405, 'only GET is answered here');
    if (path === '/livez') return state(response, health.alive());
    if (path === '/readyz') return state(response, health.ready());
    if (path !== '/metrics') return say(response, 404, 'there are /livez, /readyz and /metrics');
    if (registry === undefined) return say(response, 403, PROTECTED);
    registry.metrics().then(
      (text) => {
        response.setHeader('content-type', registry.contentType);
        say(response, 200, text);
      },
      (cause: unknown) => say(response, 500, `the metrics cannot be read: ${String(cause)}`),
    );
  });
}

const PROTECTED =
  'the metrics are protected: GET /metrics on the https port with a token that may get that path';

const state = (response: ServerResponse, trouble: string | undefined): void =>
  trouble === undefined ? say(response, 200, 'ok') : say(response, 503, trouble);

function say(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}
