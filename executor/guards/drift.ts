import { LEASE_TIMES } from '../gate/lease.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Real orders carry a stamp the venue checks: no stamp from a clock that is off or unmeasured. */
export const drift: Guard = (proposal, desk) => {
  if (proposal.mode === 'paper') return undefined;
  if (desk.drift.kind === 'unmeasured') {
    return denial('CLOCK_UNMEASURED', `the drift to the venue is not known: ${desk.drift.why}`);
  }
  const offsetMs = Math.round(desk.drift.offsetMs);
  // Whatever the spec allows: a stamp the venue refuses now, as too far ahead, it could take later
  // from a process that was stopped. Half the round trip may hide in the offset.
  const fenceMs = LEASE_TIMES.windowMs - desk.drift.roundTripMs / 2;
  const maxDriftMs = Math.floor(Math.min(desk.spec.clock.maxDriftMs, fenceMs));
  if (Math.abs(offsetMs) <= maxDriftMs) return undefined;
  const message = `the clock is ${offsetMs} ms off the venue's, at most ${maxDriftMs} ms is allowed`;
  return denial('CLOCK_DRIFT', message, { details: { offsetMs, maxDriftMs } });
};
