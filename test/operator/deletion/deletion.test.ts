import { describe, expect, it } from 'vitest';
import { DELETE_WITHOUT_FLAT_ANNOTATION, STOP_FINALIZER } from '../../../crds/names.ts';
import { deletion } from '../../../operator/deletion/deletion.ts';
import { waits } from '../../../operator/deletion/words.ts';
import type { Observed } from '../../../operator/reconcile/observed.ts';
import { aPod } from '../reconcile/fake-shell.ts';
import { clockTime } from '../rollback/builders.ts';
import { aDeleted, aSet, facts, seen } from './held.ts';

const SOON = clockTime('03:00:01');
const asked = (at: Observed, now = SOON) => deletion(at, now);
const reason = (at: Observed, now = SOON) => {
  const decided = asked(at, now);
  return decided.kind === 'release' ? decided.reason : decided.kind;
};
const NOT_FLAT = { flatAt: null, openOrders: 3, unknown: 1 };
const override = (name: string) => ({ annotations: { [DELETE_WITHOUT_FLAT_ANNOTATION]: name } });
const keyless = aDeleted({}, { mode: 'paper', venue: { name: 'bist' } });
const pending = { ...aPod, status: { phase: 'Pending' } };
const going = (executor = aDeleted()) => [aSet(executor, { deletionTimestamp: 'now' })];

describe('the finalizer of an executor', () => {
  it('is put on one that stays, whoever took it away, and once', () => {
    const stays = { deletionTimestamp: undefined };
    expect(reason(seen({}, { executor: aDeleted({ ...stays, finalizers: undefined }) }))).toBe(
      'guard',
    );
    expect(reason(seen({}, { executor: aDeleted({ ...stays, finalizers: ['other'] }) }))).toBe(
      'guard',
    );
    expect(reason(seen({}, { executor: aDeleted(stays) }))).toBe('none');
  });

  it('is never put on one that is being deleted, which no API server would take', () => {
    expect(reason(seen({}, { executor: aDeleted({ finalizers: ['foregroundDeletion'] }) }))).toBe(
      'none',
    );
  });

  it.each<[string, Observed, string]>([
    ['is flat', seen({}), 'Flat'],
    ['has orders open', seen(NOT_FLAT), 'wait'],
    ['was not asked yet', seen(undefined), 'wait'],
    ['does not answer', seen('silent'), 'wait'],
    ['has not seen the deletion', seen({ resourceVersion: '6' }), 'wait'],
    ['is flat by its word, with an open gate', seen({ gate: 'open' }), 'wait'],
    ['restarted after it was flat', seen({}, { facts: restarted() }), 'wait'],
    ['does not run yet, but will', seen(undefined, { pods: [pending] }), 'wait'],
    ['has no pod yet, but a StatefulSet', seen(undefined, { pods: [] }), 'wait'],
    ['is flat in its last seconds', seen({}, { live: [] }), 'Flat'],
    ['has orders open in its last seconds', seen(NOT_FLAT, { live: going() }), 'wait'],
    ['is gone with its StatefulSet', seen(undefined, { pods: [], live: [] }), 'NobodyLeft'],
    ['is gone and not made again', seen(undefined, { pods: [], live: going() }), 'NobodyLeft'],
    ['can have no order', seen('silent', { executor: keyless, live: [] }), 'NothingAtStake'],
  ])('of which the pod %s', (_, at, wanted) => {
    expect(reason(at)).toBe(wanted);
  });

  it('stays while a pod or its template has a key that the spec no longer names', () => {
    const mounts = { ...aPod, spec: { volumes: [{ name: 'credentials' }] } };
    expect(reason(seen('silent', { executor: keyless, live: [aSet(aDeleted())] }))).toBe('wait');
    expect(reason(seen('silent', { executor: keyless, live: [], pods: [mounts] }))).toBe('wait');
  });

  it('stays for a pod that went without a word, until that can send no order any more', () => {
    const all = facts({});
    const gone = { name: 'btc-executor-0', facts: { process: 'p', firstSeenAt: 0, asked: 1 } };
    const kill = { ...all.kill, lost: [gone] } as NonNullable<typeof all.kill>;
    const at = (elapsed: number) => seen({}, { facts: { ...all, kill }, elapsed });
    expect(asked(at(1_000))).toMatchObject({
      kind: 'wait',
      notFlat: [expect.stringContaining('without a word')],
    });
    expect(reason(at(400_000))).toBe('Flat');
  });

  it('does not wait for the StatefulSet of somebody else', () => {
    const theirs = aSet(aDeleted(), { labels: {}, ownerReferences: [] });
    expect(reason(seen(undefined, { pods: [], live: [theirs] }))).toBe('NobodyLeft');
  });

  it('waits for the pod of an orphaned StatefulSet', () => {
    const orphan = aSet(aDeleted(), { ownerReferences: undefined });
    expect(reason(seen(undefined, { pods: [], live: [orphan] }))).toBe('wait');
  });
});

describe('the override', () => {
  it('counts when it names the executor, and for no other', () => {
    expect(reason(seen(NOT_FLAT, { executor: aDeleted(override('btc')) }))).toBe('Overridden');
    expect(reason(seen(NOT_FLAT, { executor: aDeleted(override('eth')) }))).toBe('wait');
    expect(reason(seen(NOT_FLAT, { executor: aDeleted(override('')) }))).toBe('wait');
  });

  it('deletes nothing by itself', () => {
    const stays = { deletionTimestamp: undefined, ...override('btc') };
    expect(reason(seen(NOT_FLAT, { executor: aDeleted(stays) }))).toBe('none');
  });

  it('is not told as one where all was flat anyway', () => {
    expect(asked(seen({}, { executor: aDeleted(override('btc')) }))).toMatchObject({
      reason: 'Flat',
      notFlat: [],
    });
  });
});

describe('the deadline', () => {
  const late = { elapsed: 300_000 };

  it('ends the wait after spec.control.deleteDeadline, and says what was not shown', () => {
    const almost = seen(NOT_FLAT, { elapsed: 299_999 });
    expect(asked(almost, clockTime('03:04:59.999'))).toMatchObject({ kind: 'wait', leftMs: 1 });
    expect(asked(seen(NOT_FLAT, late), clockTime('03:05:00'))).toEqual({
      kind: 'release',
      reason: 'DeadlinePassed',
      notFlat: ['pod btc-executor-0 has 3 open, 0 in flight, 0 queued, 1 unknown'],
    });
  });

  it('is not brought nearer by a clock that jumps, nor by an operator that has just begun', () => {
    expect(reason(seen(NOT_FLAT), clockTime('09:00:00'))).toBe('wait');
    const fresh = { elapsed: 400_000, facts: facts(NOT_FLAT, 399_000) };
    expect(reason(seen(NOT_FLAT, fresh), clockTime('03:06:00'))).toBe('wait');
  });

  it('can be shortened while it runs', () => {
    const { control } = aDeleted().spec;
    const executor = aDeleted({}, { control: { ...control, deleteDeadline: '1s' } });
    expect(reason(seen(NOT_FLAT, { executor }))).toBe('DeadlinePassed');
  });
});

describe('what a waiting deletion says', () => {
  const words = (at: Observed) => {
    const decided = asked(at);
    if (decided.kind !== 'wait') throw new Error(decided.kind);
    return waits(at, decided).message;
  };

  it('names pods, the end of the wait and the override, and no number that changes', () => {
    const told = words(seen(NOT_FLAT));
    expect(told).toContain('btc-executor-0');
    expect(told).toContain('until 2026-11-23T03:05:00Z');
    expect(told).toContain(
      'kubectl annotate tex btc -n desk spark.trading/delete-without-flat=btc',
    );
    expect(words(seen({ ...NOT_FLAT, openOrders: 2 }))).toBe(told);
    expect(words(seen(undefined, { pods: [] }))).toContain('its pod to start');
  });

  it('keeps to the length that a condition may have', () => {
    expect(words(seen(NOT_FLAT)).length).toBeLessThan(1_024);
    expect(STOP_FINALIZER).toBe('spark.trading/stop-before-delete');
  });
});

/** The container runs anew: what the process before it said is not about this one. */
function restarted() {
  const { pods, kill } = facts({});
  const [[uid, said] = []] = pods;
  if (uid === undefined || said === undefined || kill === undefined) throw new Error('no facts');
  return { pods: new Map([[uid, { ...said, process: 'pod-1/earlier' }]]), kill };
}
