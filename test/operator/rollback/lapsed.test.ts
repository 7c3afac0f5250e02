import { describe, expect, it } from 'vitest';
import { record } from '../../../operator/rollback/record.ts';
import { settle } from '../../support/manual-clock.ts';
import { anAlert, anExecutor } from './builders.ts';
import { aDesk, aReplica } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { key } from './world.ts';

/** A due rollback whose leader loses its lease after so many writes. */
async function lapsing(after: number) {
  const cluster = new FakeCluster();
  let isLeader = true;
  const desk = { ...aDesk(cluster), isLeader: () => isLeader };
  const replica = aReplica(cluster, desk);
  cluster.put(anExecutor());
  await settle();
  const recovery = async () => ({ recovered: false, why: '' });
  await record({ ...desk, recovery }, key, [anAlert({ start: '03:00:00' })]);
  cluster.writes.length = 0;
  cluster.afterWrite = () => {
    isLeader = cluster.writes.length < after;
  };
  await desk.clock.advance(700_000);
  const writes = [...cluster.writes];
  await replica.stop();
  return writes;
}

describe('a lease that is lost in the middle of a rollback', () => {
  it('lets no write follow, whichever was the last', async () => {
    const all = await lapsing(Number.POSITIVE_INFINITY);
    expect(all.length).toBeGreaterThan(5);
    for (let after = 1; after < all.length; after++) {
      expect(await lapsing(after)).toEqual(all.slice(0, after));
    }
  });
});
