import { describe, expect, it } from 'vitest';
import { effectiveOf } from '../../../crds/effective.ts';
import { settle } from '../../support/manual-clock.ts';
import { anAlert, anExecutor, anIncident, liveSpec, stamp } from './builders.ts';
import { aDesk, aReplica } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { annotated, aWorld, INCIDENT, key, rolledBack, told, type World } from './world.ts';

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
