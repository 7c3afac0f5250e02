import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Measured, Reading } from './terms.ts';

/** Between two kills, so that none meets what the last one left running. */
const PAUSE_MS = 50;

/**
 * Turn by turn; who begins changes with each round, so that a steady drift of the machine cancels out.
 * One kill of each before is not counted: it opens our connections. `told` hears of each when it is over.
 */
export async function measureRounds(
  contenders: readonly Contender[],
  rounds: number,
  told: (name: string, readings: readonly Reading[]) => void,
): Promise<void> {
  for (let round = -1; round < rounds; round += 1) {
    for (const contender of rotated(contenders, round + 1)) {
      const readings = await contender.kill();
      if (round >= 0) told(contender.name, readings);
      await contender.lift();
      await sleep(PAUSE_MS * (1 + Math.random()));
    }
  }
}

export function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const from = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(from), ...all.slice(0, from)];
}

/** Readings by contender, as they come in. */
export class Collected {
  readonly #rounds = new Map<string, (readonly Reading[])[]>();

  add(name: string, readings: readonly Reading[]): void {
    const before = this.#rounds.get(name) ?? [];
    before.push(readings);
    this.#rounds.set(name, before);
  }

  /** Kills so far, of whoever has most. */
  get rounds(): number {
    return Math.max(0, ...[...this.#rounds.values()].map(({ length }) => length));
  }

  measured(): Measured {
    const order = ['ours', 'floor', 'nats', 'mounted ConfigMap', 'rolling restart'];
    const all = [...this.#rounds].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
    return Object.fromEntries(all);
  }
}
