import { describe, expect, it } from 'vitest';
import { isPatchedFor } from '../../../operator/rollback/patch.ts';
import { record } from '../../../operator/rollback/record.ts';
import { settle } from '../../support/manual-clock.ts';
import { anAlert, anExecutor } from './builders.ts';
import { aDesk, aReplica } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { annotated, INCIDENT, key } from './world.ts';

describe('a crash', () => {
  /** Runs a rollback and its acknowledgement, ending the process around one of its writes. */
  async function crashed(at: number | undefined, side: 'before' | 'after') {
    const cluster = new FakeCluster();
    const first = aDesk(cluster);
    let writes = 0;
    let isDead = false;
    const die = (when: 'before' | 'after') => () => {
      if (isDead) throw new Error('the process is dead');
      if (when === side && writes++ === at) isDead = true;
      if (isDead) throw new Error('the process died here');
    };
    const dying = aReplica(cluster, first);
    cluster.put(anExecutor());
    await settle();
    await record({ ...first, recovery: async () => ({ recovered: false, why: '' }) }, key, [
      anAlert({ start: '03:00:00' }),
    ]);
    cluster.writes.length = 0;
    cluster.beforeWrite = die('before');
    cluster.afterWrite = die('after');
    await first.clock.advance(600_000);
    if (!isDead) {
      annotated({ cluster }, { 'spark.trading/acknowledge-rollback': INCIDENT });
      await settle();
    }
    const died = isDead;
    isDead = false;
    [cluster.beforeWrite, cluster.afterWrite] = [() => undefined, () => undefined];
    cluster.onChange = () => undefined;
    cluster.onIncident = () => undefined;
    await dying.stop();
    aReplica(cluster, { ...first }); // the next leader
    await first.clock.advance(1_000);
    if (cluster.btc.status?.rollback?.latched) {
      annotated({ cluster }, { 'spark.trading/acknowledge-rollback': INCIDENT });
      await settle();
    }
    return { cluster, died };
  }

  const outcome = ({ btc, records, events, writes }: FakeCluster) => ({
    mode: btc.spec.mode,
    rollback: { latched: btc.status?.rollback?.latched, incident: btc.status?.rollback?.incident },
    incidents: [...records.keys()],
    timeline: [...records.values()].map((one) =>
      [...new Set(one.status?.timeline?.map((line) => line.what.split(':')[0]))].sort(),
    ),
    acknowledged: [...records.values()].map((one) => one.status?.acknowledged !== undefined),
    reasons: [...events.values()].map((event) => event.reason).sort(),
    patches: writes.filter((kind) => kind === 'patch-spec').length,
    isPatched: isPatchedFor(btc, INCIDENT),
  });

  it('around any write changes nothing about the end', async () => {
    const clean = await crashed(undefined, 'before');
    const expected = outcome(clean.cluster);
    expect(expected).toMatchObject({ incidents: [`desk/${INCIDENT}`], patches: 1 });
    const steps = clean.cluster.writes.length;
    expect(steps).toBeGreaterThan(7);
    for (let at = 0; at < steps; at++) {
      for (const side of ['before', 'after'] as const) {
        const { cluster, died } = await crashed(at, side);
        expect(died, `write ${at} was never reached`).toBe(true);
        expect(outcome(cluster), `died ${side} write ${at}`).toEqual(expected);
      }
    }
  });

  it('is survived by two leaders at once', async () => {
    const cluster = new FakeCluster();
    const desk = aDesk(cluster);
    aReplica(cluster, desk);
    aReplica(cluster, { ...desk });
    cluster.put(anExecutor());
    await settle();
    await record({ ...desk, recovery: async () => ({ recovered: false, why: '' }) }, key, [
      anAlert({ start: '03:00:00' }),
    ]);
    await desk.clock.advance(600_000);
    expect([...cluster.records.keys()]).toEqual([`desk/${INCIDENT}`]);
    expect(cluster.writes.filter((kind) => kind === 'patch-spec')).toHaveLength(1);
    expect(cluster.btc.status?.rollback?.latched).toBe(true);
  });
});
