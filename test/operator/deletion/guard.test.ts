import { describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../../crds/kube/call.ts';
import { STOP_FINALIZER } from '../../../crds/names.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import type { Note } from '../../../operator/apply/action.ts';
import { reconcile } from '../../../operator/reconcile/reconcile.ts';
import { aKilled, aShell, SILENT } from '../reconcile/fake-shell.ts';
import { stamp } from '../rollback/builders.ts';
import { facts } from './held.ts';

const key = { namespace: 'desk', name: 'btc' };
const SELF = 'PATCH tradingexecutors/btc';
const written = { ok: true, status: 200, body: {} } as Answer<unknown>;
const refused = (status: number, reason: string): Answer<unknown> => ({
  ...{ ok: false, status, reason, message: 'cannot patch resource "tradingexecutors"' },
});

interface Case {
  readonly executor: TradingExecutor;
  readonly said?: Parameters<typeof facts>[0];
  readonly afterMs?: number;
  readonly answer?: Answer<unknown>;
}

/** One run; `answer` is to the write of the executor itself. */
async function run({ executor, said, afterMs = 1_000, answer = written }: Case) {
  const bodies: unknown[] = [];
  const told: Note[] = [];
  const released: string[] = [];
  const shell = aShell(executor, (request: Call) => {
    if (request.path.endsWith('/tradingexecutors/btc')) {
      bodies.push(request.body);
      return answer;
    }
    return { ...written, body: executor } as Answer<unknown>;
  });
  const follow = () => (said === undefined ? SILENT : facts(said));
  const known = { follow, deleted: () => undefined };
  await shell.clock.advance(afterMs);
  const outcome = await reconcile(key, {
    ...shell,
    confirm: known as unknown as typeof shell.confirm,
    tell: (_, note) => told.push(note),
    released: (_, { reason }) => released.push(reason),
  }).catch((cause: unknown) => cause);
  return { outcome, calls: shell.calls, bodies, told, released };
}

const unguarded = aKilled({ finalizers: ['other'] });
const deleted = (more: object = {}) =>
  aKilled({ deletionTimestamp: stamp('03:00:00'), finalizers: ['other', STOP_FINALIZER], ...more });
const SPAN = { uid: 'uid-1', resourceVersion: '1' };
const OPEN = { flatAt: null, openOrders: 2 };

describe('a reconciliation of an executor that stays', () => {
  it('puts the finalizer on before any child, onto what it has read and nothing else', async () => {
    const { calls, bodies, outcome } = await run({ executor: unguarded });
    expect(calls).toEqual([SELF]);
    expect(bodies).toEqual([{ metadata: { ...SPAN, finalizers: ['other', STOP_FINALIZER] } }]);
    expect(outcome).toEqual({ kind: 'settled' });
  });

  it('deletes a pod that is late with a kill first', async () => {
    const { calls } = await run({ executor: unguarded, afterMs: 60_000 });
    expect(calls[0]).toBe('DELETE pods/btc-executor-0');
    expect(calls).not.toContain(SELF);
  });

  it('follows a kill even where the finalizer is refused, and tries again', async () => {
    const answer = refused(403, 'Forbidden');
    const { calls, outcome } = await run({ executor: unguarded, answer });
    expect(calls[0]).toBe(SELF);
    expect(calls).toContain('PATCH statefulsets/btc-executor');
    expect(calls.at(-1)).toBe('PATCH btc/status');
    expect(outcome).toMatchObject({ kind: 'waiting', reason: 'NotPermitted' });
  });
});

describe('a reconciliation of an executor that was deleted', () => {
  it('takes our finalizer away once it is flat, leaves those of others, and says so', async () => {
    const { calls, bodies, told, released } = await run({ executor: deleted(), said: {} });
    expect(calls).toEqual([SELF]);
    expect(bodies).toEqual([{ metadata: { ...SPAN, finalizers: ['other'] } }]);
    expect(told).toMatchObject([{ type: 'Normal', reason: 'DeletedFlat' }]);
    expect(released).toEqual(['Flat']);
  });

  it('waits while it is not, tells once, and looks again at the deadline', async () => {
    const { calls, told, outcome } = await run({ executor: deleted(), said: OPEN });
    expect(calls).toEqual(['PATCH btc/status']);
    expect(told.map(({ reason }) => reason)).toContain('DeletionWaits');
    expect(outcome).toEqual({ kind: 'waiting', reason: 'DeletionWaits', afterMs: 30_000 });
    const near = await run({ executor: deleted(), said: OPEN, afterMs: 290_000 });
    expect(near.outcome).toMatchObject({ afterMs: 10_000 });
  });

  it('lets it go at the deadline, and says loudly what it had open', async () => {
    const { told, released } = await run({ executor: deleted(), said: OPEN, afterMs: 300_000 });
    expect(released).toEqual(['DeadlinePassed']);
    expect(told).toMatchObject([{ type: 'Warning', reason: 'DeletedWithoutFlat' }]);
    expect(told[0]?.message).toContain('pod btc-executor-0 has 2 open');
  });

  it('needs no status of its own, as one restored with a foreign status has none', async () => {
    const status = { rollback: { uid: 'uid-0', pending: [], latched: false } };
    const { released } = await run({ executor: { ...deleted(), status }, said: {} });
    expect(released).toEqual(['Flat']);
    for (const none of [{ status }, { status: {} }]) {
      const { told } = await run({ executor: { ...deleted(), ...none }, said: OPEN });
      expect(told.map(({ reason }) => reason)).toContain('DeletionWaits');
    }
  });

  it('says nothing and decides anew where the object has changed meanwhile', async () => {
    const answer = refused(409, 'Conflict');
    const { told, released, outcome } = await run({ executor: deleted(), said: {}, answer });
    expect([told, released]).toEqual([[], []]);
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'Conflict' });
  });

  it('takes one that is gone already for gone', async () => {
    const answer = refused(404, 'NotFound');
    const { released, outcome } = await run({ executor: deleted(), said: {}, answer });
    expect([released, outcome]).toEqual([[], { kind: 'gone' }]);
  });
});
