import { type DenialCode, denial } from './denial.ts';
import type { Guard } from './guard.ts';

const codes = {
  breaker: 'VENUE_BREAKER_OPEN',
  'rate-limit': 'VENUE_RATE_LIMITED',
  clock: 'CLOCK_UNMEASURED',
} as const satisfies Record<string, DenialCode>;

/** A venue that is down, refuses our key or asked for a pause is left alone. Cancels are not asked here. */
export const venueHold: Guard = (proposal, desk) => {
  if (proposal.mode === 'paper' || desk.venueHold === undefined) return undefined;
  const { kind, why, retryAfterMs } = desk.venueHold;
  return denial(codes[kind], `${why}; nothing was sent`, { retryAfterMs });
};
