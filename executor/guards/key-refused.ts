import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** The venue blocks an address after 50 unauthorised calls in a row: stop long before. */
export const keyRefused: Guard = (proposal, desk) => {
  if (proposal.mode === 'paper' || !desk.keyRefused) return undefined;
  const message =
    'the venue refused our key several times in a row; check credentials, IP allow-list and clock';
  return denial('VENUE_REFUSES_KEY', message);
};
