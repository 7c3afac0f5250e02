import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../crds/clock.ts';
import { DURATION_PATTERN, durationMs } from '../../crds/duration.ts';
import type { Journal } from '../journal/journal.ts';
import { ApiFailure } from './failure.ts';
import { desk, type OrderRouteParts } from './orders.ts';

export interface AuditRouteParts extends OrderRouteParts {
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
const WINDOW_MAX_MS = 30 * 24 * HOUR_MS;

/** What the orders came to, and every word of the journal. */
export function auditRoutes(server: FastifyInstance, parts: AuditRouteParts): void {
  server.get<{ Querystring: { window?: string; paper?: string } }>(
    '/audit/summary',
    { config: { right: 'audit' } },
    async ({ query }) => {
      const ms = windowMs(query.window ?? '1h');
      const now = parts.clock.wall();
      return desk(parts).journal.audit({ ms, now, paper: query.paper === 'true' });
    },
  );

  server.get<{ Querystring: { after?: string } }>(
    '/audit/export',
    { config: { right: 'audit' } },
    async ({ query }, reply) => {
      const after = query.after ?? '0';
      if (!/^[0-9]{1,15}$/.test(after)) {
        const message = 'after: must be the sequence of the last line you have, e.g. 0';
        throw new ApiFailure(422, 'INVALID_QUERY', message);
      }
      reply.type('application/x-ndjson');
      return reply.send(Readable.from(lines(desk(parts).journal, Number(after))));
    },
  );
}

/** A page at a time, as fast as the reader takes them; the last sequence is where to go on. */
async function* lines(journal: Journal, after: number): AsyncGenerator<string> {
  for (let from: number | null = after; from !== null; ) {
    const page = await journal.export(from);
    if (page.lines !== '') yield page.lines;
    from = page.last;
  }
}

/** As in the spec, and in days. */
function windowMs(text: string): number {
  const days = /^([0-9]{1,2})d$/.exec(text)?.[1];
  const isDuration = new RegExp(DURATION_PATTERN).test(text);
  const ms = days === undefined ? (isDuration ? durationMs(text) : 0) : Number(days) * 24 * HOUR_MS;
  if (ms > 0 && ms <= WINDOW_MAX_MS) return ms;
  throw new ApiFailure(422, 'INVALID_QUERY', 'window: must be a duration up to 30d, e.g. 1h');
}
