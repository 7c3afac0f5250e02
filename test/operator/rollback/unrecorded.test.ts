import { describe, expect, it } from 'vitest';
import { ClusterRefused } from '../../../operator/rollback/cluster.ts';
import { settle } from '../../support/manual-clock.ts';
import { anExecutor, liveSpec, stamp } from './builders.ts';
import { aReplica } from './desk.ts';
import { annotated, aWorld, INCIDENT, key, rolledBack, type World } from './world.ts';

const answer = { ok: false, status: 403, reason: 'Forbidden', message: 'exceeded quota' } as const;

/** Rolled back while the API server takes no incident. */
async function refused(): Promise<World> {
  const world = await aWorld();
  world.cluster.beforeWrite = (kind) => {
    if (kind === 'create-incident') throw new ClusterRefused('create', answer);
  };
  await rolledBack(world);
  return world;
}

const taken = ({ cluster }: World) => {
  cluster.beforeWrite = () => undefined;
};
const reasons = ({ cluster }: World) => [...cluster.events.values()].map((event) => event.reason);
const patches = ({ cluster }: World) =>
  cluster.writes.filter((kind) => kind === 'patch-spec').length;

describe('a rollback whose record is refused', () => {
  it('latches, patches the spec once and says so', async () => {
    const world = await refused();
    const { spec, status } = world.cluster.btc;
    expect(status?.rollback).toMatchObject({ latched: true, incident: INCIDENT });
    expect(spec).toMatchObject({ mode: 'paper', killSwitch: true });
    expect(reasons(world)).toEqual(['RolledBack']);
    world.cluster.put({ ...world.cluster.btc, spec: liveSpec() }); // Git
    await world.desk.clock.advance(120_000);
    expect(patches(world)).toBe(1);
    expect(reasons(world)).toEqual(['RolledBack']);
  });

  it('has it as soon as it is taken, and then a recreated executor starts latched', async () => {
    const world = await refused();
    taken(world);
    await world.desk.clock.advance(30_000);
    const record = world.cluster.records.get(`desk/${INCIDENT}`);
    expect(record?.spec).toMatchObject({
      alert: { name: 'PlaceAckLatencyRollback', since: stamp('03:00:00') },
      before: { mode: 'live', killSwitch: false },
      decidedAt: stamp('03:10:00'),
    });
    const lines = record?.status?.timeline?.map((line) => line.what.split(':')[0]);
    expect(lines).toEqual(['Decided', 'Latched', 'Spec patched', 'Announced', 'Evidence']);
    expect([patches(world), reasons(world)]).toEqual([1, ['RolledBack']]);
    world.cluster.executors.delete('desk/btc');
    world.replica.onExecutorGone(key);
    world.cluster.put(anExecutor({}, 'uid-2'));
    await settle();
    expect(world.cluster.btc.status?.rollback).toMatchObject({ latched: true, uid: 'uid-2' });
  });

  it('has it from the object alone after a restart of the operator', async () => {
    const world = await refused();
    await world.replica.stop();
    taken(world);
    world.cluster.onChange = () => undefined;
    world.cluster.onIncident = () => undefined;
    aReplica(world.cluster, { ...world.desk });
    await settle();
    const { spec } = world.cluster.records.get(`desk/${INCIDENT}`) ?? {};
    expect(spec).toMatchObject({
      executor: { name: 'btc', uid: 'uid-1' },
      alert: { name: 'PlaceAckLatencyRollback', since: stamp('03:00:00') },
      decidedAt: stamp('03:10:00'),
    });
    expect(spec?.decision).toContain('the record was missing');
  });

  it('is acknowledged without it, and no record comes afterwards', async () => {
    const world = await refused();
    annotated(world, { 'spark.trading/acknowledge-rollback': INCIDENT });
    await settle();
    taken(world);
    await world.desk.clock.advance(60_000);
    expect(world.cluster.btc.status?.rollback?.latched).toBe(false);
    expect(world.cluster.records.size).toBe(0);
  });
});

describe('a record that somebody deletes while it holds the latch', () => {
  it('is made again', async () => {
    const world = await aWorld();
    await rolledBack(world);
    const record = world.cluster.records.get(`desk/${INCIDENT}`);
    if (record === undefined) throw new Error('there is no incident');
    world.cluster.records.delete(`desk/${INCIDENT}`);
    world.replica.onIncidentGone(record);
    await settle();
    expect(world.cluster.records.has(`desk/${INCIDENT}`)).toBe(true);
    expect(patches(world)).toBe(1);
  });
});
