import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import { whole } from '../../executor/order/amount.ts';
import type { OrderId, Terms } from '../../executor/order/order.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor, TRADER } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const WORKER = new URL('../../executor/journal/sqlite-worker.ts', import.meta.url);
const caller = `system:serviceaccount:${TRADER.replace('/', ':')}`;

/** A journal as a process leaves it that was killed between journal and socket. */
async function crashedFolder(mode: Terms['mode']): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'executor-'));
  mkdirSync(join(folder, 'data'));
  const journal = new SqliteJournal(join(folder, 'data', 'journal.sqlite'), WORKER);
  const terms: Terms = {
    ...{ id: 'crashed' as OrderId, caller, key: 'key', bodyHash: 'hash', symbol: 'BTCTRY' },
    ...{ side: 'buy', type: 'limit', quantity: whole(1), price: whole(1_000_000), mode },
    ...{ notionalTry: whole(100), receivedAt: Date.now() as EpochMs },
  };
  const event = { kind: 'received', terms } as const;
  await journal.append([{ at: terms.receivedAt, orderId: terms.id, event }]);
  await journal.close();
  return folder;
}

describe('an order in the journal of a process that was killed', () => {
  it('is unknown, asked about and never sent again', async () => {
    rig = await startExecutor({ data: await crashedFolder('live') });
    const { order } = (await rig.call('GET', '/orders/crashed')).body;
    expect(order).toMatchObject({ state: 'unknown', placeOutcome: { outcome: 'unknown' } });
    expect(rig.venue.ledger({ route: 'allOrders' }).requests.length).toBeGreaterThan(0);
    expect(rig.venue.ledger({ route: 'order.submit' }).requests).toEqual([]);
    expect((await rig.control()).unknown).toBe(1);
  });

  it.each([
    ['orders of a minute', { maxOrdersPerMinute: 1 }, 'ORDERS_PER_MINUTE'],
    ['open orders', { maxOpenOrders: 1 }, 'OPEN_ORDERS_LIMIT'],
    ['open notional', { maxOpenNotionalTry: 199 }, 'OPEN_NOTIONAL_LIMIT'],
  ])('counts among the %s while it is unknown', async (_, limit, code) => {
    const limits = { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000, ...limit };
    rig = await startExecutor({
      data: await crashedFolder('live'),
      object: anExecutor('live', { limits }),
    });
    const { status, body } = await rig.place();
    expect([status, body.error.code]).toEqual([429, code]);
  });

  it('is found when it had reached the venue', async () => {
    const simulator = await startBtcturk();
    const { id } = simulator.control.plant({
      ...{ pairSymbol: 'BTCTRY', orderType: 'buy', orderMethod: 'limit', quantity: '0.0001' },
      ...{ price: '1000000', newOrderClientId: 'crashed' },
    });
    rig = await startExecutor({ data: await crashedFolder('live'), simulator });
    const { order } = (await rig.call('GET', '/orders/crashed')).body;
    expect(order).toMatchObject({ state: 'working', venueId: id });
  });

  it('of paper was nowhere, so it is dropped', async () => {
    const data = await crashedFolder('paper');
    rig = await startExecutor({ data, object: anExecutor('paper') });
    const { order } = (await rig.call('GET', '/orders/crashed')).body;
    expect(order).toMatchObject({ state: 'dropped', reason: { code: 'RESTARTED' } });
  });
});

describe('draining', () => {
  it('lets what is on the wire be answered and journalled, and takes nothing new', async () => {
    rig = await startExecutor();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 300, times: 1 });
    const placing = rig.place({}, 'last');
    await rig.venue.control.wait({ route: 'order.submit', requests: 1 });
    const stopping = rig.executor.stop();
    const late = await rig.place().catch(() => ({ status: 503 }));
    expect(late.status).toBe(503);
    expect((await placing).status).toBe(201);
    await stopping;
    const { venue: simulator, cluster, folder: data } = rig;
    rig = await startExecutor({ simulator, cluster, data });
    expect((await rig.place({}, 'last')).body.order.placeOutcome.outcome).toBe('acked');
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });
});

describe('without prices', () => {
  it('an order that cannot be valued in TRY is refused, one in TRY passes', async () => {
    const simulator = await startBtcturk();
    simulator.control.addFault({ route: 'ticker', kind: 'unavailable' });
    rig = await startExecutor({ simulator, untilOpen: false });
    await rig.until(({ gate }) => gate === 'open');
    await expect.poll(() => rig.metric('spark_clock_drift_seconds')).not.toBeNaN();
    await expect.poll(() => rig.metric('spark_exchange_info_age_seconds')).not.toBeNaN();
    const usdt = await rig.place({ symbol: 'BTCUSDT', price: '40000' });
    expect([usdt.status, usdt.body.error.code]).toEqual([503, 'NO_TRY_RATE']);
    const market = { type: 'market', side: 'sell', price: undefined };
    const sell = await rig.place(market);
    expect([sell.status, sell.body.error.code]).toEqual([503, 'NO_REFERENCE_PRICE']);
    // It would trade at whatever the market pays, and nobody knows what that is.
    const limitSell = await rig.place({ side: 'sell' });
    expect([limitSell.status, limitSell.body.error.code]).toEqual([503, 'NO_REFERENCE_PRICE']);
    expect((await rig.place()).status).toBe(201);
  });
});

describe('BIST', () => {
  it('trades on paper only, whatever the object says, and calls nobody', async () => {
    const bist = { venue: { name: 'bist' }, whitelist: ['GARAN.E'] };
    const garan = { symbol: 'GARAN.E', quantity: '10', price: '100' };
    const clock = new ShiftedClock('2026-11-24T11:00:00+03:00');
    rig = await startExecutor({ object: anExecutor('paper', bist), clock });
    const { status, body } = await rig.place(garan);
    expect([status, body.order.state]).toEqual([201, 'filled']);
    expect((await rig.place({ ...garan, side: 'sell' })).status).toBe(201);
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    const spec = { ...object.spec, mode: 'live' as const };
    rig.cluster.put({ ...object, spec, status: { ...object.status, ladder: { reached: 'live' } } });
    await rig.until(({ gate }) => gate === 'shut');
    const refused = await rig.place(garan);
    expect([refused.status, refused.body.error.code]).toEqual([503, 'EXECUTOR_CLOSED']);
    expect(rig.venue.ledger().requests).toEqual([]);
  });
});
