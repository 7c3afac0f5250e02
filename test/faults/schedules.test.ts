import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play } from './schedule.ts';
import { schedules } from './steps.ts';

/** Hundreds here, thousands in `npm run faults`. */
const RUNS = 300;

describe('on every schedule of faults', () => {
  it('no latch is released but by its acknowledgement, no kill is undone by an older state, and calm ends in order', async () => {
    const seed = Date.now() % 1_000_000_000;
    const outcome = await fc.check(fc.asyncProperty(schedules, play), { seed, numRuns: RUNS });
    if (outcome.failed) console.error(fc.defaultReportMessage(outcome), outcome.errorInstance);
    expect(outcome.failed, `seed ${seed}: npm run faults -- --seed ${seed}`).toBe(false);
  }, 120_000);
});
