import type { AddressInfo } from 'node:net';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify';
import type { Log } from '../log.ts';
import { ApiFailure, sendFailure } from './failure.ts';

/** Far above any order; a larger body is a mistake or an attack. */
const BODY_BYTES_MAX = 16 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
/** A connection that dribbles its headers is given up this soon. */
const HEADERS_TIMEOUT_MS = 5_000;
const STALE_CHECK_MS = 1_000;
const HEADER_BYTES_MAX = 16 * 1024;

const codes: Readonly<Record<number, string>> = { 400: 'MALFORMED_BODY', 413: 'BODY_TOO_LARGE' };

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** A server with our errors and limits, without routes; it does not listen yet. */
export function httpServer(log: Log, tls?: Tls): FastifyInstance {
  const slow = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: STALE_CHECK_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
  };
  const options = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    logger: false,
    frameworkErrors: (fault: FastifyError, _request: unknown, reply: FastifyReply) =>
      void sendFailure(reply, new ApiFailure(400, 'BAD_REQUEST', fault.message)),
  } as const;
  const secure = { ...tls, ...slow, minVersion: 'TLSv1.2', handshakeTimeout: REQUEST_TIMEOUT_MS };
  const server =
    tls === undefined
      ? fastify({ ...options, http: slow } as FastifyServerOptions)
      : (fastify({ ...options, https: secure } as FastifyServerOptions) as FastifyInstance);
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
