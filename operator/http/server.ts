import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
} from 'fastify';
import type { Logger } from 'pino';
import { KubeUnreachable } from '../../crds/kube/call.ts';
import { ClusterRefused } from '../rollback/cluster.ts';
import { Contended } from '../rollback/record.ts';
import type { KeyPair } from './certificate.ts';
import { Refusal } from './refusal.ts';

/** Routes that need more say so themselves. */
const BODY_BYTES_MAX = 64 * 1024;
/** A client that dribbles its request holds a socket no longer than this. */
const REQUEST_MS_MAX = 15_000;
const RETRY_AFTER_S = 2;

export interface OperatorServer {
  readonly app: FastifyInstance;
  /** Swaps the certificate for new connections; open ones go on. */
  renew(pair: KeyPair): void;
}

/** The operator's HTTPS server, not listening yet: routes are registered on `app`, tests inject. */
export function operatorServer(pair: KeyPair | undefined, log: Logger): OperatorServer {
  let https: Server | undefined;
  const overTls = (handler: RequestListener, tls: KeyPair): Server => {
    https = createServer(
      { ...tls, minVersion: 'TLSv1.2', requestTimeout: REQUEST_MS_MAX },
      handler,
    );
    return https;
  };
  const options: FastifyServerOptions = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    routerOptions: { maxParamLength: 300 },
    ...(pair && { serverFactory: (handler) => overTls(handler as RequestListener, pair) as never }),
  };
  const app: FastifyInstance = fastify(options);
  app.setErrorHandler<FastifyError>((error, _request, reply) => answer(error, reply, log));
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(body('NOT_FOUND', `there is nothing at ${request.method} ${pathOf(request.url)}`)),
  );
  return { app, renew: (next) => https?.setSecureContext(next) };
}

/** Expected refusals as they are; trouble with the API server is 503; the rest is our fault, 500. */
function answer(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
  const isPassing =
    error instanceof KubeUnreachable ||
    error instanceof ClusterRefused ||
    error instanceof Contended;
  if (isPassing) {
    log.warn({ err: error }, 'could not write to the API server; the sender is told to repeat');
    const message = 'the Kubernetes API could not be written; nothing is lost if you repeat this';
    return reply.code(503).header('retry-after', RETRY_AFTER_S).send(body('UNAVAILABLE', message));
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return reply.code(status).send(body(error.code ?? 'REFUSED', error.message));
  }
  log.error({ err: error }, 'a request failed');
  if (status === 503 || error instanceof Refusal) {
    return reply.code(status).send(body(error.code, error.message));
  }
  return reply.code(500).send(body('INTERNAL', 'the operator failed; its log says why'));
}

/** Without the query: people put tokens there, and paste what they are answered into tickets. */
const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

const body = (code: string, message: string) => ({ error: { code, message, details: {} } });
