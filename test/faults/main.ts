// npm run faults -- --runs 20000 --seed 7: schedules of faults, in this process, without a cluster.
import fc from 'fast-check';
import { numberOption } from '../bench/output.ts';
import { play } from './schedule.ts';
import { schedules } from './steps.ts';

const RUNS = 20_000;
const BEAT_MS = 10_000;

const args = process.argv.slice(2);
const numRuns = numberOption(args, 'runs', RUNS);
const seed = numberOption(args, 'seed', Date.now() % 1_000_000_000);
console.log(`${numRuns} schedules with seed ${seed}; again with: npm run faults -- --seed ${seed}`);
const begun = performance.now();
let played = 0;
const beat = setInterval(() => console.log(`  ${played} played, ${seconds()} s`), BEAT_MS);
const outcome = await fc.check(
  fc.asyncProperty(schedules, async (steps) => {
    await play(steps);
    played += 1;
  }),
  { seed, numRuns },
);
clearInterval(beat);
if (outcome.failed) {
  console.error(fc.defaultReportMessage(outcome), outcome.errorInstance);
  process.exitCode = 1;
} else console.log(`${played} schedules, no promise broken, ${seconds()} s`);

function seconds(): string {
  return ((performance.now() - begun) / 1_000).toFixed(0);
}
