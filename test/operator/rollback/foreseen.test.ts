import { describe, expect, it } from 'vitest';
import { effectiveOf } from '../../../crds/effective.ts';
import { settle } from '../../support/manual-clock.ts';
import { anAlert, anIncident, liveSpec } from './builders.ts';
import { annotated, aWorld, INCIDENT, rolledBack, told, type World } from './world.ts';

const acknowledge = (world: World, incident: string) =>
  annotated(world, { 'spark.trading/acknowledge-rollback': incident });
const rollbackOf = ({ cluster }: World) => cluster.btc.status?.rollback;

describe('an acknowledgement written before its incident', () => {
  it('releases nothing: the incident takes another name', async () => {
    const world = await aWorld();
    acknowledge(world, INCIDENT);
    await rolledBack(world);
    world.cluster.put({ ...world.cluster.btc, spec: liveSpec() }); // and then loosened
    await world.desk.clock.advance(60_000);
    expect(rollbackOf(world)).toMatchObject({ latched: true, incident: `${INCIDENT}-2` });
    expect(effectiveOf(world.cluster.btc).open).toBe(false);
    expect([...world.cluster.records.keys()]).toEqual([`desk/${INCIDENT}-2`]);
    acknowledge(world, `${INCIDENT}-2`);
    await settle();
    expect(rollbackOf(world)?.latched).toBe(false);
  });

  it('releases nothing when the record is refused', async () => {
    const world = await aWorld();
    const { ClusterRefused } = await import('../../../operator/rollback/cluster.ts');
    world.cluster.beforeWrite = (kind) => {
      if (kind !== 'create-incident') return;
      const answer = { ok: false, status: 403, reason: 'Forbidden', message: 'quota' } as const;
      throw new ClusterRefused('create', answer);
    };
    acknowledge(world, INCIDENT);
    await rolledBack(world);
    expect(rollbackOf(world)).toMatchObject({ latched: true, incident: `${INCIDENT}-2` });
  });

  it('releases nothing when it comes between the incident and its latch', async () => {
    const world = await aWorld();
    let isDone = false;
    world.cluster.afterWrite = (kind) => {
      if (kind !== 'create-incident' || isDone) return;
      isDone = true;
      acknowledge(world, INCIDENT);
    };
    await rolledBack(world);
    await world.desk.clock.advance(60_000);
    expect(rollbackOf(world)).toMatchObject({ latched: true, incident: `${INCIDENT}-2` });
    acknowledge(world, `${INCIDENT}-2`);
    await settle();
    expect(rollbackOf(world)).toMatchObject({ latched: true, incident: INCIDENT });
  });

  it('counts with the names that others have', async () => {
    const world = await aWorld();
    const acknowledged = { by: 'ayse', at: '2026-11-23T02:00:00.000Z' };
    for (const name of [INCIDENT, `${INCIDENT}-2`]) {
      world.cluster.putIncident(anIncident(name, { status: { acknowledged } }));
    }
    acknowledge(world, `${INCIDENT}-3`);
    await told(world, anAlert({ start: '03:00:00' }));
    await world.desk.clock.advance(600_000);
    expect(rollbackOf(world)).toMatchObject({ latched: true, incident: `${INCIDENT}-4` });
  });
});
