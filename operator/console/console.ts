import cookie from '@fastify/cookie';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import { KubeUnreachable } from '../../crds/kube/call.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { EvidenceReader } from '../evidence/read.ts';
import { Refusal } from '../http/refusal.ts';
import type { News } from '../reconcile/news.ts';
import type { World } from '../reconcile/world.ts';
import { rollbackCluster } from '../rollback/cluster.ts';
import { actRoutes, UNHEARD } from './act/routes.ts';
import { executorRoutes } from './executor-routes.ts';
import { guarded } from './guard.ts';
import { incidentRoutes } from './incidents/routes.ts';
import { Attendance } from './live/attendance.ts';
import { Board } from './live/board.ts';
import { Sight } from './live/sight.ts';
import { Streams } from './live/streams.ts';
import type { Numbers } from './numbers.ts';
import { pageRoutes, readPage } from './page-files.ts';
import { SessionKeys } from './session/keys.ts';
import { People } from './session/people.ts';
import { sessionRoutes } from './session/routes.ts';
import type { Sealed } from './session/seal.ts';

export interface ConsoleOptions {
  /** The operator's own way to the API server: who somebody is, what they may, and Events. */
  readonly connection: KubeConnection;
  /** The same API server for whoever shows a token: it must carry no certificate of the operator's. */
  readonly strangers: KubeConnection;
  readonly world: World;
  readonly news: News;
  readonly numbers: Numbers;
  readonly evidence: EvidenceReader | undefined;
  /** What executors know the operator by. */
  readonly executorToken: () => Promise<string>;
  readonly keyFile: string;
  readonly pageFolder: string;
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: Logger;
}

/**
 * The console under `/` of the operator's HTTPS server. What it shows is what this process watches,
 * cut to the person's rights; what it writes, it writes as that person. Throws without a session key.
 */
export async function startConsole(app: FastifyInstance, options: ConsoleOptions): Promise<void> {
  const { connection, world, news, numbers, clock, random, log } = options;
  const keys = new SessionKeys({ path: options.keyFile, clock, log });
  await keys.keys();
  const files = await readPage(options.pageFolder);
  const people = new People({ connection, keys, clock, newId: options.newId });
  const sight = new Sight(people);
  const board = new Board({ world, numbers, clock });
  const leave = news.join(board); // in the same turn: nothing is missed in between
  const attendance = new Attendance({
    clock,
    start: () => numbers.start(),
    stop: () => void numbers.stop(),
  });
  const streams = new Streams(log, attendance);
  const as = (person: Sealed) => asPerson(options.strangers, person);
  const shared = { ...{ people, sight, world, board, streams, numbers, as, clock, random, log } };
  const door = { connection, token: options.executorToken, clock };
  const cluster = rollbackCluster(connection);
  await app.register(async (scope) => {
    await scope.register(cookie);
    guarded(scope);
    scope.setErrorHandler<FastifyError>((error, _request, reply) => answer(error, reply, log));
    await sessionRoutes(scope, { people, log, numbers, version: options.version });
    executorRoutes(scope, { ...shared, door });
    actRoutes(scope, { ...shared, cluster });
    incidentRoutes(scope, { ...shared, evidence: options.evidence });
    pageRoutes(scope, files);
    scope.addHook('preClose', async () => streams.close()); // a stream would hold the server open
    scope.addHook('onClose', async () => {
      leave();
      attendance.close();
      await numbers.stop();
    });
  });
}

/** Who writes is who has signed in: their token, and nothing of the operator's. */
function asPerson(strangers: KubeConnection, { token }: Sealed): KubeConnection {
  return {
    origin: strangers.origin,
    get dispatcher() {
      return strangers.dispatcher;
    },
    authorization: () => `Bearer ${token}`,
    close: async () => undefined, // it is shared
  };
}

/** Refusals are for the person; the rest is for the log. */
function answer(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
  const send = (status: number, code: string, message: string) =>
    reply.code(status).send({ error: { code, message } });
  if (error instanceof KubeUnreachable) {
    log.warn({ err: error }, 'the API server did not answer the console');
    return send(503, 'UNAVAILABLE', UNHEARD);
  }
  if (error instanceof Refusal) return send(error.statusCode, error.code, error.message);
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return send(status, error.code ?? 'REFUSED', error.message);
  log.error({ err: error }, 'a request of the console failed');
  return send(500, 'INTERNAL', 'the operator failed; its log says why');
}
