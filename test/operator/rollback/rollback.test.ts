import { describe, expect, it } from 'vitest';
import { effectiveOf } from '../../../crds/effective.ts';
import { record } from '../../../operator/rollback/record.ts';
import { settle } from '../../support/manual-clock.ts';
import { anAlert, anExecutor, aReport, liveSpec, stamp } from './builders.ts';
import { aDesk, aReplica } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { annotated, aWorld, INCIDENT, key, rolledBack, told } from './world.ts';

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
