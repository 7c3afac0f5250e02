import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** A venue that is down, refuses our key or asked for a pause is left alone. Cancels are not asked here. */
export const venueHold: Guard = (proposal, desk) => {
  if (proposal.mode === 'paper' || desk.venueHold === undefined) return undefined;
  const { kind, why, retryAfterMs } = desk.venueHold;
  const code = kind === 'breaker' ? 'VENUE_BREAKER_OPEN' : 'VENUE_RATE_LIMITED';
  return denial(code, `${why}; nothing was sent`, { retryAfterMs });
};
