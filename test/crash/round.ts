import { randomUUID } from 'node:crypto';
import { type Placed, until } from '../bench/caller.ts';
import type { FaultOrder } from '../venue/btcturk/faults.ts';
import type { Btcturk } from '../venue/btcturk/simulator.ts';
import type { Random } from '../venue/random.ts';
import { aBlow, aim, type Blow } from './blow.ts';
import { type Step, step, type Wanted } from './verdict.ts';
import type { Victim } from './victim.ts';

export interface Round {
  readonly blow: Blow;
  readonly wanted: readonly Wanted[];
  /** How far each order had come. */
  readonly steps: readonly Step[];
}

const ORDERS_MAX = 3;
/** A blow that has not fallen by then falls now. */
const PATIENCE_MS = 500;

/** Places, kills in the midst of it, looks, starts again, and asks again as a client would. */
export async function round(victim: Victim, venue: Btcturk, random: Random): Promise<Round> {
  const blow = aBlow(random, victim.points);
  for (const fault of trouble(random)) venue.control.addFault(fault);
  const aimed = await aim(victim.pid, blow);
  const keys = Array.from({ length: 1 + Math.floor(random() * ORDERS_MAX) }, () => randomUUID());
  const placing = Promise.all(keys.map((key) => victim.place(key)));
  aimed.strike();
  await Promise.race([victim.gone, placing, until(performance.now() + PATIENCE_MS)]);
  await aimed.end();
  await victim.buried();
  const first = await placing;
  const steps = await looked(victim, venue, first);
  venue.control.removeFaults();
  await victim.start();
  const again = await Promise.all(first.map(({ key }) => victim.place(key)));
  const wanted = first.map((one, at) => ({
    key: one.key,
    answers: [answer(one), answer(again[at])],
  }));
  return { blow, wanted, steps };
}

async function looked(
  victim: Victim,
  venue: Btcturk,
  placed: readonly Placed[],
): Promise<readonly Step[]> {
  const kept = await victim.traces();
  const accepted = new Set(venue.ledger().orders.map(({ clientId }) => clientId));
  return placed.map(({ key, status }) => {
    const entry = kept.get(key);
    return step({
      isJournalled: entry !== undefined,
      isAccepted: entry !== undefined && accepted.has(entry.orderId),
      isPlaced: entry?.isPlaced ?? false,
      isAnswered: status !== 0,
    });
  });
}

const answer = (placed: Placed | undefined): number | 'lost' => placed?.status || 'lost';

/** What the venue does meanwhile: mostly a little slow, so that a kill falls into the waiting. */
function trouble(random: Random): FaultOrder[] {
  const route = 'order.submit';
  const die = random();
  if (die < 0.6) return [{ route, kind: 'delay', when: 'after', minMs: 0, maxMs: 30 }];
  if (die < 0.75) return [{ route, kind: 'delay', when: 'before', minMs: 0, maxMs: 30 }];
  if (die < 0.85) return [{ route, kind: 'reset', accept: true }];
  if (die < 0.9) return [{ route, kind: 'gateway-timeout', accept: random() < 0.5 }];
  return [];
}
