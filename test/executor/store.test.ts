import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { Denials } from '../../executor/denials.ts';
import { freeRatio } from '../../executor/disk.ts';
import type { DenialCount, Journal } from '../../executor/journal/journal.ts';
import { executorLog } from '../../executor/log.ts';
import { retain } from '../../executor/retention.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { anExecutor, killed, withStatus } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

interface Word {
  readonly kind: string;
  readonly incident?: string;
}

const log = executorLog({}, { write: () => undefined });

describe('an executor on a volume', () => {
  let rig: Rig;
  afterEach(() => rig.stop());
  const lines = async (query = '') => (await rig.call('GET', `/audit/export${query}`)).body;
  const events = async () => (await lines()).map(({ event }: { event: Word }) => event) as Word[];
  const words = async () => (await events()).map(({ kind }) => kind);

  /** The same executor, started anew. */
  async function again(diskFree?: () => number) {
    await rig.stopExecutor();
    const { venue: simulator, cluster, folder: data } = rig;
    rig = await startExecutor({ simulator, cluster, data, ...(diskFree && { diskFree }) });
  }

  it('with less than 10 % free refuses new orders, and still cancels and journals', async () => {
    rig = await startExecutor();
    const { order } = (await rig.place()).body;
    await again(() => 0.0999);
    await expect.poll(() => rig.metric('spark_disk_free_ratio')).toBe(0.0999);
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'DISK_ALMOST_FULL']);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toHaveLength(1);
    expect((await rig.call('DELETE', `/orders/${order.id}`)).status).toBe(200);
    await expect.poll(() => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen)).toEqual([]);
    expect(await words()).toContain('cancel-asked');
  }, 20_000);

  it('gates at once while the disk stalls; the order that waited for it never leaves', async () => {
    rig = await startExecutor();
    const stalling = new DatabaseSync(join(rig.folder, 'data', 'journal.sqlite'));
    stalling.exec('BEGIN IMMEDIATE');
    const placing = rig.place();
    await expect.poll(() => rig.control().then(({ gate }) => gate)).toBe('open');
    rig.cluster.put(killed(rig.cluster.object ?? anExecutor()));
    await rig.until(({ gatedAt }) => gatedAt !== null);
    stalling.exec('COMMIT');
    stalling.close();
    // It waited until the disk was back, or for as long as the journal does.
    const { code } = (await placing).body.error;
    expect(['KILL_SWITCH_ACTIVE', 'JOURNAL_UNAVAILABLE']).toContain(code);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toEqual([]);
  });

  it('exports every word of its journal to those who may audit, and to nobody else', async () => {
    rig = await startExecutor();
    const { order } = (await rig.place()).body;
    const all = await lines();
    expect(await words()).toEqual(['received', 'sent', 'seen', 'placed']);
    expect(all[0]).toMatchObject({
      ...{ orderId: order.id, sequence: 1, at: order.receivedAt },
      event: { terms: { caller: order.caller, mode: 'live', price: '1000000' } },
    });
    expect(await lines('?after=3')).toEqual([all[3]]);
    expect(await lines('?after=4')).toEqual([]);
    expect((await rig.call('GET', '/audit/export?after=x')).status).toBe(422);
    expect((await rig.call('GET', '/audit/export', { token: null })).status).toBe(401);
  });

  it('sums up a window of up to 30 days, and what its guards refused', async () => {
    rig = await startExecutor();
    await rig.place();
    await rig.place({ symbol: 'ETHTRY' });
    await again();
    const { body } = await rig.call('GET', '/audit/summary?window=30d');
    expect(body).toMatchObject({ orders: 1, acked: 1, errorRate: 0, windowMs: 2_592_000_000 });
    expect(body.denials).toEqual({ SYMBOL_NOT_ALLOWED: 1 });
    expect(body.trend).toHaveLength(12);
    for (const window of ['31d', '0s', '1x']) {
      expect((await rig.call('GET', `/audit/summary?window=${window}`)).status).toBe(422);
    }
  });

  it('writes the incident in force to what its latch does to orders', async () => {
    rig = await startExecutor();
    await rig.place();
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    const rollback = { uid: 'uid-1', pending: [], latched: true, incident: 'alpha-20260101' };
    rig.cluster.put(withStatus(object, { ...object.status, rollback }));
    await rig.until(({ flatAt }) => flatAt !== null);
    expect((await events()).filter(({ incident }) => incident !== undefined)).toEqual([
      { kind: 'cancel-asked', by: 'kill', incident: 'alpha-20260101' },
    ]);
  });

  it('names no incident when only the switch is thrown', async () => {
    rig = await startExecutor();
    await rig.place();
    rig.cluster.put(killed(rig.cluster.object ?? anExecutor()));
    await rig.until(({ flatAt }) => flatAt !== null);
    expect(await events()).toContainEqual({ kind: 'cancel-asked', by: 'kill' });
  });
});

describe('what looks after the journal', () => {
  it('removes old orders a few at a time until none is left, then looks every hour', async () => {
    const clock = new ManualClock();
    const asked: number[] = [];
    let left = 450;
    const prune = async (before: EpochMs) => {
      asked.push(clock.wall() - before);
      const some = Math.min(left, 200);
      left -= some;
      return some;
    };
    const stop = new AbortController();
    let keepFor = '8760h';
    const journal = { prune } as unknown as Journal;
    const running = retain({ clock, journal, log, keepFor: () => keepFor }, stop.signal);
    await clock.advance(5_000);
    expect([asked.length, left]).toEqual([4, 0]);
    // A change of the spec holds from the next look on.
    keepFor = '168h';
    await clock.advance(3_600_000);
    expect(asked.slice(3)).toEqual([8_760 * 3_600_000, 168 * 3_600_000]);
    stop.abort(new Error('the test is over'));
    await running;
  });

  it('counts refusals by minute, reason and caller, also those it could not write at first', async () => {
    const clock = new ManualClock(60_000 * 100);
    const written: DenialCount[] = [];
    let isDown = true;
    const tally = async (counts: readonly DenialCount[]) => {
      if (isDown) throw new Error('down');
      written.push(...counts);
    };
    const denials = new Denials(clock, log);
    const stop = new AbortController();
    const running = denials.run({ tally } as unknown as Journal, stop.signal);
    denials.add('CLOCK_DRIFT', 'a');
    denials.add('CLOCK_DRIFT', 'a');
    await clock.advance(10_000);
    expect(written).toEqual([]);
    isDown = false;
    denials.add('CLOCK_DRIFT', 'a');
    denials.add('CLOCK_DRIFT', 'b');
    await clock.advance(10_000);
    denials.add('QUEUE_FULL', 'a');
    stop.abort(new Error('the test is over'));
    await running;
    const minute = 6_000_000;
    expect(written).toEqual([
      { minute, reason: 'CLOCK_DRIFT', caller: 'a', count: 3 },
      { minute, reason: 'CLOCK_DRIFT', caller: 'b', count: 1 },
      { minute, reason: 'QUEUE_FULL', caller: 'a', count: 1 },
    ]);
  });

  it('reads how much of a volume may still be written', async () => {
    const ratio = await freeRatio('/');
    expect(ratio).toBeGreaterThan(0);
    expect(ratio).toBeLessThanOrEqual(1);
    await expect(freeRatio('/no/such/folder')).rejects.toThrow();
  });
});
