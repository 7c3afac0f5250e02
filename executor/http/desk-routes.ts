import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../crds/clock.ts';
import type { BuildVersion } from '../../crds/control.ts';
import { DURATION_PATTERN, durationMs } from '../../crds/duration.ts';
import { VenueFailure } from '../venues/venue.ts';
import { ApiFailure } from './failure.ts';
import { desk, type OrderRouteParts } from './orders.ts';

export interface DeskRouteParts extends OrderRouteParts {
  readonly clock: Clock;
  readonly version: BuildVersion;
}

const WINDOW_MAX_MS = 24 * 3_600_000;

/** Balances, calendar, audit and version. */
export function deskRoutes(server: FastifyInstance, parts: DeskRouteParts): void {
  server.get('/api/version', async () => parts.version);
  server.get('/calendar', { config: { right: 'read' } }, async () => calendar(parts));
  server.get('/balances', { config: { right: 'read' } }, async () => balances(parts));
  server.get<{ Querystring: { window?: string; paper?: string } }>(
    '/audit/summary',
    { config: { right: 'audit' } },
    async ({ query }) => {
      const ms = windowMs(query.window ?? '1h');
      const now = parts.clock.wall();
      return parts.journal.audit({ ms, now, paper: query.paper === 'true' });
    },
  );
}

function windowMs(text: string): number {
  const ms = new RegExp(DURATION_PATTERN).test(text) ? durationMs(text) : 0;
  if (ms > 0 && ms <= WINDOW_MAX_MS) return ms;
  throw new ApiFailure(422, 'INVALID_QUERY', 'window: must be a duration up to 24h, e.g. 1h');
}

function calendar(parts: DeskRouteParts) {
  const report = desk(parts).market.calendar?.();
  if (report !== undefined) return report;
  throw new ApiFailure(404, 'NO_CALENDAR', 'this venue has no calendar: it never closes');
}

async function balances(parts: DeskRouteParts) {
  const trading = desk(parts);
  const { mode } = parts.gate.view();
  const venue = mode === 'paper' ? trading.paper : trading.market.real;
  try {
    return { mode, simulated: mode === 'paper', balances: await venue.balances() };
  } catch (fault) {
    if (!(fault instanceof VenueFailure)) throw fault;
    const message = `the balances cannot be read: ${fault.message}; try again`;
    throw new ApiFailure(502, 'VENUE_UNREACHABLE', message);
  }
}
