import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anExecutor, killed } from '../executor/an-executor.ts';
import { type Rig, startExecutor } from '../executor/start-executor.ts';
import { type FaultyNetwork, startNetwork } from './network.ts';
import { type PostgresPlace, postgresPlace } from './places.ts';

const store = { type: 'postgres', secretRef: { name: 'journal' } } as const;
let place: PostgresPlace;
let network: FaultyNetwork;
let data: string;
let rig: Rig;

beforeEach(async () => {
  place = await postgresPlace();
  network = await startNetwork(place.url);
  data = mkdtempSync(join(tmpdir(), 'executor-'));
});
afterEach(async () => {
  network.mend();
  await rig.stop();
  await network.close();
  await place.remove();
});

/** What the kubelet does once the Secret is there. */
const mountUrl = () => writeFileSync(join(data, 'store-url'), network.through(place.url));
const start = (options = {}) =>
  startExecutor({ object: anExecutor('live', { store }), data, ...options });
const isUp = async () => [await rig.probe('/livez'), await rig.probe('/readyz')];
const openAtVenue = () => rig.venue.ledger().orders.filter(({ isOpen }) => isOpen).length;

describe('an executor whose journal is in PostgreSQL', () => {
  it('waits for its database, alive and closed, and trades once it can read its journal', async () => {
    rig = await start({ untilOpen: false });
    await expect.poll(() => rig.logs.join()).toContain('cannot be written');
    expect(await isUp()).toEqual([200, 503]);
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'RECONCILING']);
    expect(refused.body.error.details).toEqual({ reasons: ['JournalUnread'] });
    mountUrl();
    await rig.until(({ gate }) => gate === 'open', 20_000);
    expect((await rig.place()).status).toBe(201);
    expect(await isUp()).toEqual([200, 200]);
  });

  it('finds its orders again after a restart: a replay is answered, nothing is sent twice', async () => {
    mountUrl();
    rig = await start();
    const first = await rig.place({}, 'the-key');
    await rig.stopExecutor();
    const { venue: simulator, cluster } = rig;
    rig = await start({ simulator, cluster });
    const again = await rig.place({}, 'the-key');
    expect([again.status, again.body.order.id]).toEqual([201, first.body.order.id]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });

  it('without its database sends no order, but cancels and gets flat', async () => {
    mountUrl();
    rig = await start();
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await rig.place()).body.order.id);
    network.cut();
    const refused = await rig.place({}, 'while-down');
    expect([refused.status, refused.body.error.code]).toEqual([503, 'JOURNAL_UNAVAILABLE']);
    expect((await rig.call('DELETE', `/orders/${ids[0]}`)).status).toBe(200);
    await expect.poll(openAtVenue).toBe(2);
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    rig.cluster.put(killed(object));
    await rig.until(({ flatAt }) => flatAt !== null, 10_000);
    expect(openAtVenue()).toBe(0);
    expect(await rig.probe('/livez')).toBe(200);
    network.mend();
    rig.cluster.put(object);
    await expect
      .poll(async () => (await rig.place({}, 'while-down')).status, { timeout: 20_000 })
      .toBe(201);
    // What happened meanwhile was written down after all.
    const { rows } = await journalled();
    for (const id of ids) expect(rows).toContain(`${id} cancel-asked`);
    expect(rig.venue.ledger().orders).toHaveLength(4);
  });

  it('is not alive any more once another process has taken its journal over', async () => {
    mountUrl();
    rig = await start();
    await place.sql("UPDATE spark_journals SET writer = 'another/1'");
    const refused = await rig.place();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'JOURNAL_UNAVAILABLE']);
    expect(await rig.probe('/livez')).toBe(503);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toEqual([]);
  });

  it('shows the URL of its database to nobody', async () => {
    mountUrl();
    rig = await start();
    network.cut();
    const answers = [
      await rig.place(),
      await rig.call('GET', '/audit/summary'),
      await rig.control(),
    ];
    network.mend();
    const said = [JSON.stringify(answers), await rig.executor.metrics(), ...rig.logs].join('\n');
    expect(said).toContain('cannot be written');
    const { password } = new URL(place.url);
    for (const secret of [place.url, network.through(place.url), `:${password}@`]) {
      expect(said).not.toContain(secret);
    }
  });
});

async function journalled() {
  const lines = (await rig.call('GET', '/audit/export')).body as {
    orderId: string;
    event: { kind: string };
  }[];
  return { rows: lines.map(({ orderId, event }) => `${orderId} ${event.kind}`) };
}
