import { rmSync } from 'node:fs';
import type { KeyOptions } from '../../venue/btcturk/simulator.ts';
import { Caller } from '../caller.ts';
import { Child } from '../child.ts';
import { newFolder } from '../rig.ts';

/** Something that takes orders: an executor or the bare route. */
export interface Target {
  readonly child: Child;
  readonly caller: Caller;
}

export interface BareTarget extends Target {
  readonly stop: () => Promise<void>;
}

/** The bare route with as many connections to the venue as the executor has lanes. */
export async function startBare(
  venue: string,
  { publicKey, privateKey }: KeyOptions,
  connections: number,
): Promise<BareTarget> {
  const folder = newFolder();
  const setup = { folder, venue, publicKey, privateKey, connections };
  const child = await Child.start(new URL('./bare-process.ts', import.meta.url), { setup });
  const caller = new Caller(child.url);
  const stop = async () => {
    await child.stop();
    await caller.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { child, caller, stop };
}
