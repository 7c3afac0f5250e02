import { crossing, until } from '../caller.ts';
import type { Rig } from '../rig.ts';

/** 240 of the 300 orders a minute that venue and limits take. */
const PER_SECOND = 4;
/** Every tenth order rests, so that a kill has something to cancel. */
const RESTS_EVERY = 10;
const resting = { symbol: 'BTCTRY', side: 'buy', type: 'limit', quantity: '0.0001' };

export type Disturbance = 'kill' | 'unkill' | 'cut-watch' | 'rotate-token';

/** What happens in the second `second` of a soak: a kill of 3 s a minute, a cut watch, a new key. Pure. */
export function disturbances(second: number): readonly Disturbance[] {
  const found: Disturbance[] = [];
  if (second % 60 === 45) found.push('kill');
  if (second % 60 === 48) found.push('unkill');
  if (second % 40 === 20) found.push('cut-watch');
  if (second % 50 === 10) found.push('rotate-token');
  return found;
}

export interface TrafficCounts {
  readonly statuses: Readonly<Record<string, number>>;
  readonly disturbances: Readonly<Record<Disturbance, number>>;
}

/** Steady orders with kills, cut watches and token rotations among them, for so many seconds. */
export async function trade(rig: Rig, seconds: number): Promise<TrafficCounts> {
  const statuses: Record<string, number> = {};
  const done = { kill: 0, unkill: 0, 'cut-watch': 0, 'rotate-token': 0 };
  const begun = performance.now();
  const order = (number: number) =>
    number % RESTS_EVERY === 0 ? { ...resting, price: '1000000' } : crossing(number);
  const answers: Promise<void>[] = [];
  for (let second = 0; second < seconds; second += 1) {
    for (const what of disturbances(second)) {
      done[what] += 1;
      await disturb(rig, what);
    }
    for (let nth = 0; nth < PER_SECOND; nth += 1) {
      const number = second * PER_SECOND + nth;
      await until(begun + (number * 1_000) / PER_SECOND);
      const answer = rig.caller.place(order(number)).then(({ status, code }) => {
        const name = code === undefined ? String(status) : `${status} ${code}`;
        statuses[name] = (statuses[name] ?? 0) + 1;
      });
      answers.push(answer);
    }
    if (answers.length > 100) await Promise.all(answers.splice(0, 50));
  }
  await Promise.all(answers);
  return { statuses, disturbances: done };
}

async function disturb(rig: Rig, what: Disturbance): Promise<void> {
  if (what === 'kill') rig.kill(true);
  if (what === 'unkill') rig.kill(false);
  if (what === 'cut-watch') rig.cluster.cutWatches();
  if (what === 'rotate-token') await rig.rotateToken();
}
