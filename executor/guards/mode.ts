import { stricterMode } from '../../crds/effective.ts';
import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** Only a venue with a certified adapter takes real orders, whatever the object says. */
export const modeSupported: Guard = (proposal, desk) => {
  if (proposal.mode === 'paper' || desk.spec.venue.name === 'btcturk') return undefined;
  return denial('MODE_NOT_SUPPORTED', `venue ${desk.spec.venue.name} allows only mode paper`);
};

/** An order accepted under a looser mode does not leave under a stricter one. */
export const modeStillAllowed: Guard = (proposal, desk) => {
  if (stricterMode(proposal.mode, desk.gate.mode) === proposal.mode) return undefined;
  const message = `the order was accepted in mode ${proposal.mode}, now it is ${desk.gate.mode}; place it again`;
  return denial('MODE_LOWERED', message);
};
