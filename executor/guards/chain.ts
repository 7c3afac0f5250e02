import { age } from './age.ts';
import { collar } from './collar.ts';
import type { Denial } from './denial.ts';
import { diskAlmostFull } from './disk.ts';
import { drift } from './drift.ts';
import type { Desk, Guard, Proposal } from './guard.ts';
import { instrument } from './instrument.ts';
import { modeStillAllowed, modeSupported } from './mode.ts';
import { notionalPerOrder, notionalPerSecond, valued } from './notional.ts';
import { openNotional, openOrders } from './open-orders.ts';
import { ordersPerMinute } from './orders-per-minute.ts';
import { quantityPerOrder } from './quantity.ts';
import { repeatedOrder } from './repeated.ts';
import { inSession } from './session.ts';
import { shut } from './shut.ts';
import { venueHold } from './venue-hold.ts';
import { whitelisted } from './whitelist.ts';

/** Most drastic and cheapest first; the order of this list is the policy. */
export const chain: readonly Guard[] = [
  shut,
  modeSupported,
  whitelisted,
  inSession,
  diskAlmostFull,
  drift,
  instrument,
  venueHold,
  valued,
  collar,
  notionalPerOrder,
  quantityPerOrder,
  openOrders,
  openNotional,
  repeatedOrder,
  ordersPerMinute,
  notionalPerSecond,
];

/** What is asked again on the loop turn that signs and writes. */
export const lastGate: readonly Guard[] = [
  shut,
  modeStillAllowed,
  modeSupported,
  whitelisted,
  inSession,
  drift,
  venueHold,
  age,
  notionalPerOrder,
  ordersPerMinute,
  notionalPerSecond,
];

export function firstDenial(
  guards: readonly Guard[],
  proposal: Proposal,
  desk: Desk,
): Denial | undefined {
  for (const guard of guards) {
    const denied = guard(proposal, desk);
    if (denied !== undefined) return denied;
  }
  return undefined;
}
