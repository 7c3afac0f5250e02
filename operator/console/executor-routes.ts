import type { FastifyInstance } from 'fastify';
import type { ExecutorKey } from '../../crds/names.ts';
import { Refusal } from '../http/refusal.ts';
import type { ExecutorDoor } from './executor-door.ts';
import { audit, calendar } from './executor-reads.ts';
import type { Board } from './live/board.ts';
import { type ExecutorParts, executor } from './live/executor.ts';
import { overview } from './live/overview.ts';
import { absent } from './live/sight.ts';
import type { Streams } from './live/streams.ts';
import type { Numbers } from './numbers.ts';
import { ReadsAtOnce } from './reads-at-once.ts';
import { COOKIE, paths } from './wire/paths.ts';

export interface ExecutorRouteOptions extends ExecutorParts {
  readonly board: Board;
  readonly streams: Streams;
  readonly numbers: Numbers;
  readonly door: ExecutorDoor;
}

interface OfOne<Query = unknown> {
  readonly Params: ExecutorKey;
  readonly Querystring: Query;
}

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;

/** Everything about executors that is read. */
export function executorRoutes(app: FastifyInstance, options: ExecutorRouteOptions): void {
  const { people, sight, board, streams, numbers, clock } = options;
  const reads = new ReadsAtOnce(clock, 'numbers of executors');

  app.get(paths.overview, async (request, reply) => {
    const person = await people.of(request.cookies[COOKIE]);
    streams.open(person, { request, reply }, (stream) => overview(options, person, stream));
    return reply;
  });

  app.get<OfOne>(paths.executor, async (request, reply) => {
    const person = await people.of(request.cookies[COOKIE]);
    const key = keyOf(request.params);
    await sight.executor(person, key);
    if (board.of(key) === undefined) throw absent(key);
    streams.open(person, { request, reply }, (stream) =>
      executor(options, { person, key }, stream),
    );
    return reply;
  });

  app.get<OfOne<{ rangeMs?: string }>>(paths.history, async (request, reply) => {
    const key = keyOf(request.params);
    await sight.executor(await people.of(request.cookies[COOKIE]), key);
    reads.begin(reply.raw);
    return numbers.history(key, milliseconds('rangeMs', request.query.rangeMs));
  });

  app.get<OfOne<{ windowMs?: string }>>(paths.audit, async (request, reply) => {
    const key = keyOf(request.params);
    await sight.executor(await people.of(request.cookies[COOKIE]), key);
    reads.begin(reply.raw);
    return audit(options.door, key, milliseconds('windowMs', request.query.windowMs));
  });

  app.get<OfOne>(paths.calendar, async (request, reply) => {
    const key = keyOf(request.params);
    await sight.executor(await people.of(request.cookies[COOKIE]), key);
    reads.begin(reply.raw);
    return calendar(options.door, key);
  });
}

/** No more of it than a key has: the path may carry other parameters. */
const keyOf = ({ namespace, name }: ExecutorKey): ExecutorKey => ({ namespace, name });

function milliseconds(name: string, text: string | undefined): number {
  const ms = text === undefined ? HOUR_MS : Number(text);
  if (Number.isInteger(ms) && ms >= 1_000 && ms <= MONTH_MS) return ms;
  throw new Refusal(422, 'INVALID', `${name}: must be whole milliseconds, 1000 to 30 days`);
}
