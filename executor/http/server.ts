import type { AddressInfo } from 'node:net';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { ApiFailure, sendFailure } from './failure.ts';

/** Far above any order; a larger body is a mistake or an attack. */
const BODY_BYTES_MAX = 16 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;

const codes: Readonly<Record<number, string>> = { 400: 'MALFORMED_BODY', 413: 'BODY_TOO_LARGE' };

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** A server with our errors and limits, without routes; it does not listen yet. */
export function httpServer(log: Log, tls?: Tls): FastifyInstance {
  const options = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    logger: false,
  } as const;
  const https = tls === undefined ? null : { ...tls, minVersion: 'TLSv1.2' as const };
  const server: FastifyInstance =
    https === null
      ? fastify(options)
      : (fastify({ ...options, https }) as unknown as FastifyInstance);
  // A cancel passes whatever its client says about a body it does not have.
  const json = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : json(request, body as string, done),
  );
  server.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    payload.on('end', () => done(null, undefined));
  });
  server.setErrorHandler((fault: FastifyError | ApiFailure, _request, reply) => {
    if (fault instanceof ApiFailure) return sendFailure(reply, fault);
    const status = fault.statusCode ?? 500;
    if (status < 500) {
      const code = codes[status] ?? 'BAD_REQUEST';
      return sendFailure(reply, new ApiFailure(status, code, fault.message));
    }
    log.error({ err: fault }, 'a request failed');
    const message = 'the executor failed to answer; see its log';
    return sendFailure(reply, new ApiFailure(500, 'INTERNAL', message));
  });
  server.setNotFoundHandler((request, reply) =>
    sendFailure(reply, new ApiFailure(404, 'NO_SUCH_ROUTE', `no ${request.method} here`)),
  );
  return server;
}

export const portOf = ({ server }: FastifyInstance): number =>
  (server.address() as AddressInfo).port;
