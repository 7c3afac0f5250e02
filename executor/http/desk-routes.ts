import type { FastifyInstance } from 'fastify';
import type { BuildVersion } from '../../crds/control.ts';
import { VenueFailure } from '../venues/venue.ts';
import { ApiFailure } from './failure.ts';
import { desk, type OrderRouteParts } from './orders.ts';

export interface DeskRouteParts extends OrderRouteParts {
  readonly version: BuildVersion;
}

/** Balances, calendar and version. */
export function deskRoutes(server: FastifyInstance, parts: DeskRouteParts): void {
  server.get('/api/version', async () => parts.version);
  server.get('/calendar', { config: { right: 'read' } }, async () => calendar(parts));
  server.get('/balances', { config: { right: 'read' } }, async () => balances(parts));
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
