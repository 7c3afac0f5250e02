import { describe, expect, it } from 'vitest';
import { killVerdict, overdue } from '../../../operator/kill/verdict.ts';
import { aKilled, aPod, SILENT } from '../reconcile/fake-shell.ts';

const killed = aKilled(); // confirmWithin 5s
const leaving = {
  ...aPod,
  metadata: { ...aPod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
};
const late = (elapsed: number, facts = SILENT, pod = aPod) =>
  overdue(killed, [pod], facts, elapsed).length;

describe('a pod that did not confirm the kill', () => {
  it('is overdue after confirmWithin, and not a millisecond before', () => {
    expect([late(4_999), late(5_000)]).toEqual([0, 1]);
  });

  it('is counted from its own start when that is later', () => {
    const pods = new Map([
      ['pod-1', { process: 'pod-1/', firstSeenAt: 3_000, failure: 'silent', asked: 1 }],
    ]);
    expect([late(7_999, { ...SILENT, pods }), late(8_000, { ...SILENT, pods })]).toEqual([0, 1]);
  });

  it('is not deleted again, nor while it is leaving already', () => {
    const kill = {
      key: 'k',
      resourceVersion: '1',
      seenAt: 0,
      unchangedSince: 0,
      deleted: ['btc-executor-0'],
      lost: [],
    };
    expect(late(60_000, { ...SILENT, kill })).toBe(0);
    expect(late(60_000, SILENT, leaving)).toBe(0);
  });

  it('makes the kill confirming first and failed then, Terminating pods included', () => {
    expect(killVerdict(killed, [leaving], SILENT, 4_999).kind).toBe('confirming');
    expect(killVerdict(killed, [leaving], SILENT, 5_000)).toMatchObject({
      kind: 'failed',
      unreachable: true,
    });
  });
});
