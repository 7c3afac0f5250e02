import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeadershipLost } from '../../operator/fence.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type Candidate, LeaseWorld } from './lease-world.ts';

const LEASE_MS = 15_000;
const DEADLINE_MS = 10_000;
const RETRY_MS_MAX = 2_400;

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
  // Deadlines of calls run by the same hand as everything else.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const deadline = new AbortController();
    void clock.after(ms).then(() => deadline.abort(new Error('too late')));
    return deadline.signal;
  });
});
afterEach(() => vi.restoreAllMocks());

const leaders = (world: LeaseWorld): readonly Candidate[] =>
  world.candidates.filter(({ election }) => election.isLeader);

/** Two of them on a network that works, the first one leading. */
async function two(): Promise<{ world: LeaseWorld; first: Candidate; second: Candidate }> {
  const world = new LeaseWorld(clock, 1);
  world.isRough = false;
  const first = world.start();
  await clock.advance(1);
  const second = world.start();
  await clock.advance(30_000);
  expect(leaders(world)).toEqual([first]);
  return { world, first, second };
}

describe('leader election', () => {
  it.each(['silent', 'refused'] as const)(
    'is over 10 s after the last renewal, and its writers with it (%s)',
    async (cut) => {
      const { world, first, second } = await two();
      first.cut = cut;
      const end = world.writtenAt + DEADLINE_MS;
      await clock.advance(end - 1 - clock.elapsed());
      first.fence.pass();
      await clock.advance(1);
      expect(() => first.fence.pass()).toThrow(LeadershipLost);
      await clock.advance(1); // deadlines of calls are whole milliseconds
      expect(first.over?.at).toBeLessThan(end + 1);
      expect(first.fence.signal.aborted).toBe(true); // what is under way is given up
      expect(second.election.isLeader).toBe(false); // nobody leads until the lease has run out
      await clock.advance(LEASE_MS);
      expect(leaders(world)).toEqual([second]);
      await world.stop();
    },
  );

  it('counts from when a renewal left, not from when its answer came', async () => {
    const { world, first } = await two();
    world.slowMs = 3_000;
    const before = world.writtenAt;
    while (world.writtenAt === before) await clock.advance(10);
    first.cut = 'silent'; // the answer is on its way
    await clock.advance(DEADLINE_MS);
    expect(first.election.isLeader).toBe(false);
    await world.stop();
  });

  it('passes no writer of a process that was frozen past its deadline, before anything else runs', async () => {
    const { world, first } = await two();
    vi.spyOn(clock, 'elapsed').mockReturnValue(clock.elapsed() + DEADLINE_MS);
    expect(first.over).toBeUndefined(); // its timers have not fired yet
    expect(() => first.fence.pass()).toThrow(LeadershipLost);
    vi.mocked(clock.elapsed).mockRestore();
    await world.stop();
  });

  it('hands over within one attempt when it is stopped', async () => {
    const { world, first, second } = await two();
    await first.election.stop();
    await clock.advance(RETRY_MS_MAX);
    expect(first.over?.why).toBe('stopped');
    expect(leaders(world)).toEqual([second]);
    await world.stop();
  });

  it('never has two leaders at once, and has one again soon, on any network', async () => {
    const seeds = fc.integer({ min: 0, max: 2 ** 31 });
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        clock = new ManualClock();
        const world = new LeaseWorld(clock, seed);
        for (let i = 0; i < 3; i++) world.start();
        for (let step = 0; step < 400; step++) {
          await clock.advance(250);
          for (const one of world.candidates) {
            if (world.random() < 0.02) one.cut = one.cut ? undefined : cutOf(world.random());
            if (world.random() < 0.002) await Promise.race([one.election.stop(), clock.advance(1)]);
          }
          expect(leaders(world).length).toBeLessThanOrEqual(1);
          for (const { over } of [...world.candidates]) if (over !== undefined) restart(world);
        }
        world.isRough = false;
        for (const one of world.candidates) one.cut = undefined;
        await clock.advance(2 * LEASE_MS + DEADLINE_MS);
        expect(leaders(world)).toHaveLength(1);
        await world.stop();
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});

const cutOf = (random: number) => (random < 0.5 ? 'silent' : 'refused');

/** A process that no longer leads has ended, and another was started in its place. */
function restart(world: LeaseWorld): void {
  const index = world.candidates.findIndex(({ over }) => over !== undefined);
  world.candidates.splice(index, 1);
  world.start();
}
