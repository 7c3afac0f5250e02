import { describe, expect, it } from 'vitest';
import { effectiveOf } from '../../../crds/effective.ts';
import { isPatchedFor } from '../../../operator/rollback/patch.ts';
import { record } from '../../../operator/rollback/record.ts';
import type { Rollback } from '../../../operator/rollback/rollback.ts';
import { anAlert, anExecutor, anIncident, aReport, liveSpec, stamp } from './builders.ts';
import { aDesk, aReplica, type Desk } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { settle } from './manual-clock.ts';

const key = { namespace: 'desk', name: 'btc' };
const INCIDENT = 'btc-20261123031000';

interface World {
  readonly cluster: FakeCluster;
  readonly desk: Desk;
  readonly replica: Rollback;
}

/** One executor in live, one replica that leads, and what the webhook says. */
async function aWorld(rollback: object = {}): Promise<World> {
  const cluster = new FakeCluster();
  const desk = aDesk(cluster);
  const replica = aReplica(cluster, desk);
  cluster.put(anExecutor(rollback));
  await settle();
  return { cluster, desk, replica };
}

const told = (world: World, ...alerts: ReturnType<typeof anAlert>[]) =>
  record({ ...world.desk, recovery: async () => ({ recovered: false, why: 'test' }) }, key, alerts);

async function rolledBack(world: World): Promise<void> {
  await told(world, anAlert({ start: '03:00:00' }));
  await world.desk.clock.advance(600_000);
}

const annotated = (world: World, annotations: Record<string, string>) => {
  const { btc } = world.cluster;
  const all = { ...btc.metadata.annotations, ...annotations };
  return world.cluster.put({ ...btc, metadata: { ...btc.metadata, annotations: all } });
};

describe('a rollback', () => {
  it('starts a new executor unlatched, under its own uid', async () => {
    const { cluster } = await aWorld();
    expect(cluster.btc.status?.rollback).toEqual({ uid: 'uid-1', pending: [], latched: false });
  });

  it('waits for since + persistFor to the millisecond, then latches and patches', async () => {
    const world = await aWorld();
    await told(world, anAlert({ start: '03:00:00' }));
    await world.desk.clock.advance(599_999);
    expect(world.cluster.btc.status?.rollback?.latched).toBe(false);
    await world.desk.clock.advance(1);
    const { status, spec } = world.cluster.btc;
    expect(status?.rollback).toMatchObject({
      latched: true,
      incident: INCIDENT,
      since: stamp('03:10:00'),
    });
    expect(spec).toMatchObject({ mode: 'paper', killSwitch: true });
    expect(effectiveOf(world.cluster.btc)).toMatchObject({ killed: true, open: false });
  });

  it('leaves an incident that tells what happened, in order', async () => {
    const world = await aWorld();
    await rolledBack(world);
    const incident = world.cluster.records.get(`desk/${INCIDENT}`);
    expect(incident?.spec).toMatchObject({
      executor: { name: 'btc', uid: 'uid-1' },
      alert: { name: 'PlaceAckLatencyRollback', since: stamp('03:00:00') },
      before: { mode: 'live', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    });
    expect(incident?.status?.timeline?.map((line) => line.what.split(':')[0])).toEqual([
      'Decided',
      'Latched',
      'Spec patched',
      'Announced',
      'Evidence',
    ]);
    expect([...world.cluster.events.values()]).toMatchObject([{ reason: 'RolledBack' }]);
  });

  it('takes back the confirmation of an earlier kill in the write of the latch', async () => {
    const world = await aWorld();
    const { btc } = world.cluster;
    const confirmed = {
      ...{ type: 'KillSwitchConfirmed', status: 'True' as const, reason: 'Flat', message: '' },
      lastTransitionTime: stamp('02:00:00'),
    };
    const ready = { ...confirmed, type: 'Ready' };
    world.cluster.put({ ...btc, status: { ...btc.status, conditions: [confirmed, ready] } });
    const seen: unknown[] = [];
    world.cluster.afterWrite = (kind) => {
      if (kind === 'status-latched') seen.push(world.cluster.btc.status?.conditions);
    };
    await rolledBack(world);
    const unknown = { type: 'KillSwitchConfirmed', status: 'Unknown', reason: 'RollbackLatched' };
    expect(seen).toMatchObject([[ready, unknown]]);
  });

  it('leaves a spec alone that Git has put back, and stays latched', async () => {
    const world = await aWorld();
    await rolledBack(world);
    for (let sync = 0; sync < 5; sync++) {
      world.cluster.put({ ...world.cluster.btc, spec: liveSpec() });
      await world.desk.clock.advance(60_000);
    }
    expect(world.cluster.btc.spec.mode).toBe('live');
    expect(world.cluster.btc.status?.rollback?.latched).toBe(true);
    expect(effectiveOf(world.cluster.btc).open).toBe(false);
    expect(world.cluster.writes.filter((kind) => kind === 'patch-spec')).toHaveLength(1);
  });

  it('is disabled by the spec, which loses no alert', async () => {
    const world = await aWorld({ enabled: false });
    await rolledBack(world);
    expect(world.cluster.btc.status?.rollback).toMatchObject({ latched: false });
    world.cluster.put({ ...world.cluster.btc, spec: liveSpec() });
    await settle();
    expect(world.cluster.btc.status?.rollback?.latched).toBe(true);
  });

  it('does not act on a replica that does not lead', async () => {
    const cluster = new FakeCluster();
    const desk = { ...aDesk(cluster), isLeader: () => false };
    aReplica(cluster, desk);
    cluster.put({
      ...anExecutor(),
      status: { rollback: { uid: 'uid-1', pending: [], latched: false } },
    });
    await record({ ...desk, recovery: async () => ({ recovered: false, why: '' }) }, key, [
      anAlert(),
    ]);
    await desk.clock.advance(3_600_000);
    expect(cluster.writes).toEqual(['status']); // the clock, which any replica keeps
  });

  it('latches even when its record is refused', async () => {
    const world = await aWorld();
    const { ClusterRefused } = await import('../../../operator/rollback/cluster.ts');
    world.cluster.beforeWrite = (kind) => {
      if (kind !== 'create-incident') return;
      throw new ClusterRefused('create', {
        ok: false,
        status: 403,
        reason: 'Forbidden',
        message: 'quota',
      });
    };
    await rolledBack(world);
    expect(world.cluster.btc.status?.rollback).toMatchObject({ latched: true, incident: INCIDENT });
    annotated(world, { 'spark.trading/acknowledge-rollback': INCIDENT });
    await settle();
    expect(world.cluster.btc.status?.rollback?.latched).toBe(false);
  });

  it('clears an inconclusive alert once the executor shows good orders', async () => {
    const world = await aWorld();
    await told(world, anAlert({ start: '03:00:00' }));
    await told(world, anAlert({ start: '03:00:00', status: 'resolved' }));
    expect(world.cluster.btc.status?.rollback?.pending).toMatchObject([{ inconclusive: true }]);
    world.desk.reports = [aReport({ orders: 25, acked: 25, within1s: 25 })];
    await world.desk.clock.advance(30_000);
    expect(world.cluster.btc.status?.rollback?.pending).toEqual([]);
    await world.desk.clock.advance(3_600_000);
    expect(world.cluster.btc.status?.rollback?.latched).toBe(false);
  });

  it('acts when Prometheus died: every alert resolves, and nothing proves it', async () => {
    const world = await aWorld();
    await told(world, anAlert({ start: '03:00:00' }));
    await world.desk.clock.advance(240_000);
    await told(world, anAlert({ start: '03:00:00', status: 'resolved' }));
    await world.desk.clock.advance(360_000);
    expect(world.cluster.btc.status?.rollback?.latched).toBe(true);
  });
});

describe('a latch', () => {
  it('is there again after delete and recreate, and the new spec is left alone', async () => {
    const world = await aWorld();
    await rolledBack(world);
    world.cluster.executors.delete('desk/btc');
    world.replica.onExecutorGone(key);
    world.cluster.put(anExecutor({}, 'uid-2'));
    await settle();
    const { status, spec } = world.cluster.btc;
    expect(status?.rollback).toMatchObject({ uid: 'uid-2', latched: true, incident: INCIDENT });
    expect(status?.conditions).toMatchObject([{ type: 'KillSwitchConfirmed', status: 'Unknown' }]);
    expect(spec.mode).toBe('live');
  });

  it.each([
    ['restored with the status of another uid', { uid: 'uid-0', pending: [], latched: false }],
    ['robbed of its status', undefined],
    ['told by somebody that it is not latched', { uid: 'uid-1', pending: [], latched: false }],
  ])('is there again on an object %s', async (_, rollback) => {
    const world = await aWorld();
    await rolledBack(world);
    world.cluster.put({ ...world.cluster.btc, status: rollback === undefined ? {} : { rollback } });
    await settle();
    expect(world.cluster.btc.status?.rollback).toMatchObject({ uid: 'uid-1', latched: true });
  });

  it('is not there for an executor whose incidents are all acknowledged', async () => {
    const cluster = new FakeCluster();
    const acknowledged = { by: 'ayse', at: stamp('02:59:30') };
    cluster.putIncident(anIncident('btc-1', { status: { acknowledged } }));
    aReplica(cluster, aDesk(cluster));
    cluster.put(anExecutor());
    await settle();
    expect(cluster.btc.status?.rollback?.latched).toBe(false);
  });
});

describe('an acknowledgement', () => {
  const acknowledge = (world: World, incident: string, by = {}) =>
    annotated(world, { 'spark.trading/acknowledge-rollback': incident, ...by });

  it('releases the latch, not the spec, and starts the climb at paper', async () => {
    const world = await aWorld();
    await rolledBack(world);
    const { btc } = world.cluster;
    const ladder = { reached: 'live', since: stamp('02:00:00') } as const;
    world.cluster.put({ ...btc, spec: liveSpec(), status: { ...btc.status, ladder } });
    acknowledge(world, INCIDENT, { 'spark.trading/acknowledged-by': 'ayse' });
    const seen: unknown[] = [];
    world.cluster.onChange = (one) => void seen.push(effectiveOf(one).mode);
    await settle();
    const { status, spec } = world.cluster.btc;
    expect(status?.rollback).toMatchObject({ uid: 'uid-1', latched: false });
    expect(status?.rollback).not.toHaveProperty('incident');
    expect(status?.ladder).toEqual({ reached: 'paper' });
    expect(spec.mode).toBe('live');
    expect(seen).not.toContain('live'); // one rung above paper, not for one write
    const acknowledged = world.cluster.records.get(`desk/${INCIDENT}`)?.status?.acknowledged;
    expect(acknowledged).toEqual({ by: 'ayse', at: stamp('03:10:00') });
  });

  it('starts the clock of an alert that still fires anew', async () => {
    const world = await aWorld();
    await rolledBack(world);
    await world.desk.clock.advance(60_000);
    acknowledge(world, INCIDENT);
    await settle();
    expect(world.cluster.btc.status?.rollback?.pending).toMatchObject([
      { since: stamp('03:11:00') },
    ]);
    await told(world, anAlert({ start: '03:00:00' })); // the repeat knows only the old start
    expect(world.cluster.btc.status?.rollback?.pending).toMatchObject([
      { since: stamp('03:11:00') },
    ]);
    await world.desk.clock.advance(599_000);
    expect(world.cluster.btc.status?.rollback?.latched).toBe(false);
    await world.desk.clock.advance(1_000);
    expect(world.cluster.btc.status?.rollback).toMatchObject({
      latched: true,
      incident: 'btc-20261123032100',
    });
  });

  it('that names another incident releases nothing and is told so, once', async () => {
    const world = await aWorld();
    await rolledBack(world);
    acknowledge(world, 'btc-1999');
    await settle();
    await world.desk.clock.advance(60_000);
    expect(world.cluster.btc.status?.rollback?.latched).toBe(true);
    const told = [...world.cluster.events.values()].filter(
      (event) => event.reason === 'AcknowledgementRefused',
    );
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain(`acknowledge-rollback=${INCIDENT}`);
  });

  it('of the last time does not release the next, and is no mistake', async () => {
    const world = await aWorld();
    await rolledBack(world);
    acknowledge(world, INCIDENT);
    await settle();
    await world.desk.clock.advance(600_000); // still firing: latched again
    expect(world.cluster.btc.status?.rollback?.latched).toBe(true);
    const reasons = [...world.cluster.events.values()].map((event) => event.reason);
    expect(reasons).not.toContain('AcknowledgementRefused');
  });

  it('leaves the latch to another incident that is still open', async () => {
    const world = await aWorld();
    world.cluster.putIncident(anIncident('btc-older'));
    await rolledBack(world);
    expect(world.cluster.btc.status?.rollback?.incident).toBe('btc-older');
    world.cluster.putIncident(anIncident('btc-newer'));
    acknowledge(world, 'btc-older');
    await settle();
    const { rollback } = world.cluster.btc.status ?? {};
    expect(rollback).toMatchObject({ latched: true, incident: 'btc-newer' });
  });
});

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
      annotated({ cluster } as World, { 'spark.trading/acknowledge-rollback': INCIDENT });
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
      annotated({ cluster } as World, { 'spark.trading/acknowledge-rollback': INCIDENT });
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
