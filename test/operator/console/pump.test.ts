import { beforeEach, expect, it } from 'vitest';
import { Pumped } from '../../../operator/console/live/pump.ts';
import { BEAT_MS } from '../../../operator/console/wire/overview.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';

let clock: ManualClock;
let pump: Pumped;
let ended: AbortController;
let flushed: number[];
/** What the reader still has to take, if anything. */
let taking: PromiseWithResolvers<void> | undefined;
let running: Promise<void>;

beforeEach(async () => {
  clock = new ManualClock();
  pump = new Pumped();
  ended = new AbortController();
  flushed = [];
  taking = undefined;
  const stream = { signal: ended.signal, ready: async () => taking?.promise };
  running = pump.run(stream, clock, async () => {
    flushed.push(clock.elapsed());
  });
  await settle();
});

it('sends at once, and speaks before the page would think it has gone', async () => {
  await clock.advance(3 * BEAT_MS);
  expect(flushed[0]).toBe(0);
  const silences = flushed.slice(1).map((at, index) => at - (flushed[index] ?? 0));
  expect(silences.length).toBeGreaterThan(2);
  expect(Math.max(...silences)).toBeLessThan(BEAT_MS);
});

it('a storm of news is four messages a second', async () => {
  for (let ms = 0; ms < 1_000; ms += 10) {
    pump.wake();
    await clock.advance(10);
  }
  expect(flushed.length).toBeLessThanOrEqual(5);
});

it('news after a while of silence goes at once', async () => {
  await clock.advance(1_000);
  pump.wake();
  await settle();
  expect(flushed).toEqual([0, 1_000]);
});

it('makes no message while the reader has not taken the last one, then one of what is now', async () => {
  taking = Promise.withResolvers();
  await clock.advance(250);
  for (let ms = 0; ms < 10_000; ms += 100) {
    pump.wake();
    await clock.advance(100);
  }
  expect(flushed).toEqual([0]);
  taking.resolve();
  taking = undefined;
  await settle();
  expect(flushed).toHaveLength(2);
});

it('ends with the stream', async () => {
  ended.abort();
  await running;
  await clock.advance(60_000);
  expect(flushed).toEqual([0]);
});
