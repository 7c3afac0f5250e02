import { Steps } from '../../setup/steps.ts';
import { cacheRoot } from '../../toolchain/cache.ts';
import { isInMemory, numberOption, writeResult } from '../output.ts';
import { Rig } from '../rig.ts';
import { startVenue, type VenueProcess } from '../venue-process.ts';
import { type CeilingRow, measureCeiling, WIDTH } from './ceiling.ts';
import { measureDisk } from './disk.ts';
import { measurePairs, type PairsResult } from './pairs.ts';
import { panels } from './panels.ts';
import { report } from './report.ts';
import { measureStall } from './stall.ts';
import { startBare } from './targets.ts';

/** Ten a second for 14 s on either side in turn: 280 in the worst minute, and spec.limits ends at 300. */
const PER_SECOND = 10;
const SECONDS = 14;
const LANES = 4;
/** The simulator's limits are off here: what the executor can do is asked, not what BTCTurk lets it do. */
const UNHELD = { ordersPerSecond: 100_000 };
/** A disk that costs nothing: what the real one costs is the difference. */
const MEMORY = '/dev/shm';

const args = process.argv.slice(2);
const terms = {
  pairs: numberOption(args, 'pairs', 20),
  rounds: numberOption(args, 'rounds', 5),
  stalls: numberOption(args, 'stalls', 20),
  /** What the simulated venue takes for an order besides its own computing. */
  venueMs: numberOption(args, 'venue-ms', 0),
};
const steps = new Steps();
const venue = await startVenue(4);
if (terms.venueMs > 0) {
  await venue.fault({ kind: 'delay', route: 'order.submit', ms: terms.venueMs });
}
const disk = await steps.step('the disk alone', () => measureDisk(PER_SECOND, SECONDS));
const pairs = await measuredPairs(venue);
const ceiling = await measuredCeiling(venue);
const stall = await steps.step('fsync stalled for 500 ms, killed in that moment', (progress) =>
  measureStall(venue, terms.stalls, progress),
);
await venue.stop();
const result = {
  ...{ journalOnDisk: !isInMemory(cacheRoot()), venueMs: terms.venueMs },
  ...{ disk, pairs, ceiling, stall },
};
console.log(`\n${report(result)}`);
writeResult('place', result, panels(result));

async function measuredPairs({ url, keys: [ours, bare] }: VenueProcess): Promise<PairsResult> {
  if (ours === undefined || bare === undefined) throw new Error('two keys are needed');
  const rig = await Rig.start({
    venue: url,
    key: ours,
    limits: { maxConcurrency: LANES },
    tempo: UNHELD,
  });
  const target = await startBare(url, bare, LANES);
  const title = `${PER_SECOND} orders/s, ${terms.pairs} pairs of runs of ${SECONDS} s`;
  const measured = await steps.step(title, (progress) =>
    measurePairs(
      { ours: rig, bare: target },
      { pairs: terms.pairs, perSecond: PER_SECOND, seconds: SECONDS },
      progress,
    ),
  );
  await Promise.all([rig.stop(), target.stop()]);
  return measured;
}

async function measuredCeiling(venue: VenueProcess): Promise<readonly CeilingRow[]> {
  const [ours, bare, memory] = venue.keys;
  if (ours === undefined || bare === undefined || memory === undefined) throw new Error('no keys');
  const limits = { maxConcurrency: WIDTH };
  const onDisk = await Rig.start({ venue: venue.url, key: ours, limits, tempo: UNHELD });
  const inMemory = await Rig.start({
    venue: venue.url,
    key: memory,
    limits,
    under: MEMORY,
    tempo: UNHELD,
  });
  const target = await startBare(venue.url, bare, WIDTH);
  const contenders = [
    { name: 'executor, journal on disk', child: onDisk.child, caller: onDisk.caller },
    { name: 'executor, journal in memory', child: inMemory.child, caller: inMemory.caller },
    { name: 'bare route', ...target },
  ];
  const rounds = { rounds: terms.rounds, venuePid: venue.pid };
  const measured = await steps.step(`ceiling: ${terms.rounds} bursts a minute apart`, (progress) =>
    measureCeiling(contenders, rounds, progress),
  );
  await Promise.all([onDisk.stop(), inMemory.stop(), target.stop()]);
  return measured;
}
