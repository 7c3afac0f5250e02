import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../caller.ts';
import { type Figures, figures } from '../figures.ts';
import { newFolder } from '../rig.ts';

/** What a receipt's commit writes: seven pages. */
export const DISK_BYTES = 7 * 4_096;
const PLACES = 100;

/** Milliseconds of a write and its fsync, over a file that is there already: durable costs no less. */
export async function measureDisk(perSecond: number, seconds: number): Promise<Figures> {
  const folder = newFolder();
  const file = openSync(join(folder, 'raw'), 'w');
  const pages = Buffer.alloc(DISK_BYTES, 1);
  const write = (n: number) => {
    writeSync(file, pages, 0, DISK_BYTES, (n % PLACES) * DISK_BYTES);
    fsyncSync(file);
  };
  for (let n = 0; n < PLACES; n += 1) write(n);
  const taken: number[] = [];
  const begun = performance.now();
  for (let n = 0; n < perSecond * seconds; n += 1) {
    await until(begun + (n * 1_000) / perSecond);
    const at = performance.now();
    write(n);
    taken.push(performance.now() - at);
  }
  closeSync(file);
  rmSync(folder, { recursive: true });
  return figures(taken);
}
