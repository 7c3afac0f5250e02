import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../../setup/steps.ts';
import type { Contender, Measured, Reading } from './terms.ts';

/** Between two kills, so that none meets what the last one left running. */
const PAUSE_MS = 50;

/** Turn by turn; who begins changes with each round, so that a steady drift of the machine cancels out. */
export async function measureRounds(
  contenders: readonly Contender[],
  rounds: number,
  progress: Progress,
): Promise<Measured> {
  const readings = new Map<string, (readonly Reading[])[]>(
    contenders.map(({ name }) => [name, []]),
  );
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const contender of rotated(contenders, round)) {
      readings.get(contender.name)?.push(await contender.kill());
      await contender.lift();
      await sleep(PAUSE_MS * (1 + Math.random()));
    }
  }
  return Object.fromEntries(readings);
}

export function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const from = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(from), ...all.slice(0, from)];
}
