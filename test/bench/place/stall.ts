import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt } from '../../setup/command.ts';
import type { Progress } from '../../setup/steps.ts';
import { until } from '../caller.ts';
import { type Figures, figures } from '../figures.ts';
import type { LoopDelay } from '../probe.ts';
import { newFolder, Rig } from '../rig.ts';
import type { VenueProcess } from '../venue-process.ts';

export type StallResult =
  | { readonly kind: 'not-measured'; readonly why: string }
  | {
      readonly kind: 'measured';
      readonly rounds: number;
      /** fsync calls that waited 500 ms, and how many of them were the main thread's. */
      readonly stalled: number;
      readonly stalledOnMain: number;
      /** Of the main loop over all stalls, ms. */
      readonly loop: LoopDelay;
      /** The same executor with the same orders, not stalled. */
      readonly loopBefore: LoopDelay;
      /** Kill accepted by the API server → gate shut, ms. */
      readonly gated: Figures;
      /** Orders whose bytes left after the gate had shut. Must be 0. */
      readonly leftAfterGate: number;
      readonly refusedAfterGate: number;
    };

const LOAD = { perSecond: 10, seconds: 1.5 } as const;
const KILL_AFTER_MS = 400;
/** gatedAt is told in whole ms. */
const ROUNDING_MS = 1;

/** Orders, then a disk that stalls, then a kill in that moment; again and again. */
export async function measureStall(
  venue: VenueProcess,
  rounds: number,
  progress: Progress,
): Promise<StallResult> {
  const key = venue.keys.at(-1);
  const folder = newFolder();
  const library = join(folder, 'stall-fsync.so');
  const source = fileURLToPath(new URL('./stall-fsync.c', import.meta.url));
  const argv = ['cc', '-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'];
  const { code, stderr } = await attempt(argv);
  if (key === undefined || code !== 0) {
    return { kind: 'not-measured', why: `no C compiler to build the stall with: ${stderr}` };
  }
  const flag = join(folder, 'stall');
  const env = { LD_PRELOAD: library, STALL_FSYNC: flag };
  const rig = await Rig.start({
    venue: venue.url,
    key,
    env,
    tempo: { ordersPerSecond: LOAD.perSecond * 2 },
  });
  try {
    return await stalls(rig, { rounds, flag, progress });
  } finally {
    rmSync(flag, { force: true });
    await rig.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface StallTerms {
  readonly rounds: number;
  readonly flag: string;
  readonly progress: Progress;
}

async function stalls(rig: Rig, { rounds, flag, progress }: StallTerms): Promise<StallResult> {
  await rig.caller.offer({ perSecond: 10, seconds: 5 });
  await rig.child.ask('loop-reset');
  await rig.caller.offer({ perSecond: 10, seconds: 5 });
  const loopBefore = await rig.child.ask('loop');
  const gated: number[] = [];
  let leftAfterGate = 0;
  let refusedAfterGate = 0;
  await rig.child.ask('loop-reset');
  for (let round = 1; round <= rounds; round += 1) {
    const seen = await oneStall(rig, flag);
    gated.push(seen.gatedMs);
    leftAfterGate += seen.left;
    refusedAfterGate += seen.refused;
    progress(`stall ${round} of ${rounds}`);
  }
  const loop = await rig.child.ask('loop');
  const threads = existsSync(`${flag}.log`) ? readFileSync(`${flag}.log`, 'utf8') : '';
  const ids = threads.split('\n').filter((line) => line !== '');
  return {
    ...{ kind: 'measured', rounds, loop, loopBefore, gated: figures(gated) },
    ...{ leftAfterGate, refusedAfterGate },
    stalled: ids.length,
    stalledOnMain: ids.filter((id) => Number(id) === rig.child.pid).length,
  };
}

/** One stall, a kill inside it, and the way back. */
async function oneStall(rig: Rig, flag: string) {
  await rig.child.ask('marks');
  writeFileSync(flag, '');
  const orders = rig.caller.offer(LOAD);
  await until(performance.now() + KILL_AFTER_MS);
  const killedAt = rig.kill(true);
  const report = await rig.until(({ gatedAt }) => gatedAt !== null);
  const gatedAt = Date.parse(report.gatedAt ?? '');
  const placed = await orders;
  rmSync(flag);
  const marks = await rig.child.ask('marks');
  rig.kill(false);
  await rig.until(({ gate }) => gate === 'open');
  return {
    gatedMs: gatedAt - killedAt,
    left: marks.filter(({ written = 0 }) => written > gatedAt + ROUNDING_MS).length,
    refused: placed.filter(({ code }) => code === 'KILL_SWITCH_ACTIVE').length,
  };
}
