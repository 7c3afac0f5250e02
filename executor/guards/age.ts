import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Too old is dropped, not sent late. */
export const age: Guard = (proposal, desk) => {
  const limitMs = desk.spec.venue.timeoutMs;
  if (proposal.ageMs < limitMs) return undefined;
  const message = `the order waited ${Math.round(proposal.ageMs)} ms, at most ${limitMs} ms is allowed; it was not sent`;
  return denial('ORDER_TOO_OLD', message);
};
