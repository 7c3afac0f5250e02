import { record } from '../../../operator/rollback/record.ts';
import type { Rollback } from '../../../operator/rollback/rollback.ts';
import { settle } from '../../support/manual-clock.ts';
import { anAlert, anExecutor } from './builders.ts';
import { aDesk, aReplica, type Desk } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';

export const key = { namespace: 'desk', name: 'btc' };
export const INCIDENT = 'btc-20261123031000';

export interface World {
  readonly cluster: FakeCluster;
  readonly desk: Desk;
  readonly replica: Rollback;
}

/** One executor in live, one replica that leads, and what the webhook says. */
export async function aWorld(rollback: object = {}): Promise<World> {
  const cluster = new FakeCluster();
  const desk = aDesk(cluster);
  const replica = aReplica(cluster, desk);
  cluster.put(anExecutor(rollback));
  await settle();
  return { cluster, desk, replica };
}

export const told = (world: World, ...alerts: ReturnType<typeof anAlert>[]) =>
  record({ ...world.desk, recovery: async () => ({ recovered: false, why: 'test' }) }, key, alerts);

export async function rolledBack(world: World): Promise<void> {
  await told(world, anAlert({ start: '03:00:00' }));
  await world.desk.clock.advance(600_000);
}

export const annotated = (world: Pick<World, 'cluster'>, annotations: Record<string, string>) => {
  const { btc } = world.cluster;
  const all = { ...btc.metadata.annotations, ...annotations };
  return world.cluster.put({ ...btc, metadata: { ...btc.metadata, annotations: all } });
};
