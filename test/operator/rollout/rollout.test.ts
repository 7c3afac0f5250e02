import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import type { RolloutStatus } from '../../../crds/status.ts';
import { isSame, putBack, type Release } from '../../../operator/rollout/release.ts';
import {
  GOOD_AFTER_MS,
  lateness,
  lookAgainMs,
  type RolloutInput,
  type RolloutPod,
  rollout,
} from '../../../operator/rollout/rollout.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number) => (START + ms) as EpochMs;
const stamp = (ms: number) => new Date(START + ms).toISOString().replace('.000Z', 'Z');
const OLD: Release = { image: 'executor:1', version: 'v1' };
const NEW: Release = { image: 'executor:2', version: 'v2' };
const aPod = (part: Partial<RolloutPod> = {}): RolloutPod => ({
  ...{ isCurrent: true, readySince: at(0), tag: 'v2', isOpen: true, trouble: undefined },
  ...part,
});
const input = (part: Partial<RolloutInput> = {}): RolloutInput => ({
  ...{
    before: { lastGood: OLD },
    wanted: NEW,
    isGoing: false,
    isCancelling: false,
    pods: [aPod()],
  },
  ...{ drainingSince: undefined, mayTrade: true, progressDeadlineMs: 180_000, now: at(0) },
  ...part,
});
const trying = (since = 0): RolloutStatus => ({
  lastGood: OLD,
  trying: { ...NEW, since: stamp(since) },
});

describe('a new version', () => {
  it('counts as good once its pod was ready with its tag for half a minute', () => {
    expect(rollout(input({ now: at(GOOD_AFTER_MS - 1) }))).toEqual({
      lastGood: OLD,
      trying: { ...NEW, since: stamp(29_000) },
    });
    expect(rollout(input({ before: trying(), now: at(GOOD_AFTER_MS) }))).toEqual({ lastGood: NEW });
  });

  it.each<[string, Partial<RolloutInput>]>([
    ['while the old pod is still going', { drainingSince: at(0) }],
    ['when the pod that is ready is the old one', { pods: [aPod({ isCurrent: false })] }],
    ['while its gate stays shut though it may trade', { pods: [aPod({ isOpen: false })] }],
    ['when it was not asked for its tag yet', { pods: [aPod({ tag: undefined })] }],
    ['when one of two pods is not ready', { pods: [aPod(), aPod({ readySince: undefined })] }],
    ['without a pod', { pods: [] }],
  ])('does not count as good %s', (_, part) => {
    const next = rollout(input({ before: trying(), now: at(60_000), ...part }));
    expect(next.lastGood).toEqual(OLD);
  });

  it('that is not ready at the deadline is given up, with the cluster’s reason', () => {
    const trouble = { reason: 'ImagePullBackOff', message: 'no such image' };
    const stuck = {
      before: trying(),
      pods: [aPod({ readySince: undefined, tag: undefined, trouble })],
    };
    expect(rollout(input({ ...stuck, now: at(179_999) })).failed).toBeUndefined();
    const next = rollout(input({ ...stuck, now: at(180_000) }));
    expect(next).toMatchObject({
      lastGood: OLD,
      failed: { ...NEW, at: stamp(180_000), reason: 'ImagePullBackOff' },
    });
    expect(next.failed?.message).toContain('no such image');
    expect(putBack(next, NEW)).toEqual(OLD);
  });

  it('has its whole deadline from when the old pod has gone', () => {
    const draining = { drainingSince: at(0), pods: [], now: at(170_000) };
    expect(rollout(input(draining))).toEqual({ lastGood: OLD, drainingSince: stamp(0) });
    const gone = rollout(input({ pods: [], now: at(180_000) }));
    expect(gone.trying?.since).toBe(stamp(180_000));
    expect(rollout(input({ before: gone, pods: [], now: at(359_999) })).failed).toBeUndefined();
    expect(rollout(input({ before: gone, pods: [], now: at(360_000) })).failed).toBeDefined();
  });

  it('that is ready at the deadline and only has to stay so is not given up', () => {
    const young = { before: trying(), pods: [aPod({ readySince: at(175_000) })], now: at(180_000) };
    expect(rollout(input(young))).toEqual(trying());
    expect(lookAgainMs(input(young))).toBe(25_000);
  });

  it('is not put back while a kill still cancels its orders', () => {
    const wrong = { before: trying(), pods: [aPod({ tag: 'v1.9' })], now: at(1_000) };
    expect(rollout(input({ ...wrong, isCancelling: true })).failed).toBeUndefined();
    expect(rollout(input(wrong)).failed).toBeDefined();
  });

  it('that is the first is said to be late, with the cluster’s reason', () => {
    const trouble = { reason: 'ImagePullBackOff', message: 'no such image' };
    const first = { trying: { ...NEW, since: stamp(0) } };
    const stuck = {
      before: first,
      pods: [aPod({ readySince: undefined, tag: undefined, trouble })],
    };
    expect(lateness(input({ ...stuck, now: at(179_999) }))).toBeUndefined();
    expect(lateness(input({ ...stuck, now: at(180_000) }))).toMatchObject({
      reason: 'ImagePullBackOff',
    });
    expect(rollout(input({ ...stuck, now: at(180_000) }))).toEqual(first);
  });

  it('that reports another tag is given up at once', () => {
    const next = rollout(
      input({ before: trying(), pods: [aPod({ tag: 'v1.9' })], now: at(1_000) }),
    );
    expect(next.failed).toMatchObject({ reason: 'VersionMismatch' });
  });

  it('stays given up whatever the pods say, and is tried again when the spec asks for another', () => {
    const failed = { ...NEW, at: stamp(0), reason: 'Error', message: 'it fell over' };
    const before = { lastGood: OLD, failed };
    expect(rollout(input({ before, now: at(10_000_000) }))).toEqual(before);
    for (const wanted of [
      { ...NEW, version: 'v3' },
      { ...NEW, resources: { limits: { cpu: 1 } } },
    ]) {
      const next = rollout(input({ before, wanted, pods: [], now: at(0) }));
      expect(next).toEqual({ lastGood: OLD, trying: { ...wanted, since: stamp(0) } });
    }
    expect(rollout(input({ before, wanted: OLD }))).toEqual({ lastGood: OLD });
  });

  it('is not given up while there is nothing to put back', () => {
    const first = { before: {}, pods: [aPod({ readySince: undefined })], now: at(10_000_000) };
    expect(rollout(input(first)).failed).toBeUndefined();
    const sameImage = { ...OLD, version: 'v9' };
    const next = rollout(input({ wanted: sameImage, pods: [aPod({ tag: 'v1' })] }));
    expect(next.failed).toBeUndefined();
  });
});

describe('the gap in new orders', () => {
  it('runs from the old pod’s last order to the new one’s open gate', () => {
    const draining = rollout(input({ drainingSince: at(1_000), pods: [], now: at(1_500) }));
    expect(draining.drainingSince).toBe(stamp(1_000));
    const shut = rollout(
      input({ before: draining, pods: [aPod({ isOpen: false })], now: at(9_000) }),
    );
    expect(shut.drainingSince).toBe(stamp(1_000));
    const open = rollout(input({ before: shut, now: at(13_400) }));
    expect([open.gapSeconds, open.drainingSince]).toEqual([12, undefined]);
  });

  it('is not measured when the executor is killed meanwhile, and the last one is forgotten', () => {
    const before = { lastGood: NEW, gapSeconds: 7 };
    const draining = rollout(input({ before, drainingSince: at(0), pods: [], now: at(10) }));
    expect(draining).toEqual({ lastGood: NEW, drainingSince: stamp(0) });
    const killed = { before: draining, mayTrade: false, pods: [], now: at(60_000) };
    expect(rollout(input(killed))).toEqual({ lastGood: NEW });
  });

  it('goes on over a version that was put back', () => {
    const before = { ...trying(), drainingSince: stamp(0) };
    const again = { before, drainingSince: at(185_000), pods: [], now: at(186_000) };
    expect(rollout(input(again)).drainingSince).toBe(stamp(0));
  });
});

const release = fc.constantFrom<Release>(OLD, NEW, { image: 'executor:2', version: 'v1' });
const pod = fc.record({
  isCurrent: fc.boolean(),
  readySince: fc.option(fc.integer({ min: 0, max: 100_000 }).map(at), { nil: undefined }),
  tag: fc.constantFrom('v1', 'v2', undefined),
  isOpen: fc.boolean(),
  trouble: fc.constantFrom({ reason: 'Error', message: 'x' }, undefined),
});
const worlds = fc.array(
  fc.record({
    ...{ wanted: release, isCancelling: fc.boolean(), pods: fc.array(pod, { maxLength: 2 }) },
    drainingSince: fc.option(fc.integer({ min: 0, max: 100_000 }).map(at), { nil: undefined }),
    ...{ mayTrade: fc.boolean(), passes: fc.integer({ min: 0, max: 200_000 }) },
  }),
  { maxLength: 20 },
);

describe('any history', () => {
  it('decided again at the same moment changes nothing, and never forgets what was good', () => {
    fc.assert(
      fc.property(worlds, (steps) => {
        let before: RolloutStatus | undefined;
        let now = 0;
        for (const { passes, ...step } of steps) {
          now += passes;
          const given = input({ before, ...step, now: at(now) });
          const next = rollout(given);
          expect(rollout({ ...given, before: next })).toEqual(next);
          if (before?.lastGood !== undefined) expect(next.lastGood).toBeDefined();
          const replaced = putBack(next, step.wanted);
          if (replaced !== undefined) expect(isSame(replaced, step.wanted)).toBe(false);
          expect(lookAgainMs({ ...given, before: next }) ?? 1).toBeGreaterThan(0);
          before = next;
        }
      }),
    );
  });
});
