import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk, testKey } from './btcturk/simulator.ts';
import { aBid, call, cancel, submit } from './client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false } });
});
afterEach(() => venue.stop());

const placed = async (changes: Record<string, unknown> = {}): Promise<string> => {
  const { json } = await submit(venue.url, changes);
  return String(json.data.id);
};
const shown = async (id: string) => (await call(venue.url, `/api/v1/order/${id}`)).json.data;
const free = async (asset: string) => {
  const { json } = await call(venue.url, '/api/v1/users/balances');
  return json.data.find((row: { asset: string }) => row.asset === asset);
};

describe('cancel', () => {
  it('is answered at once and takes effect cancelDelayMs later', async () => {
    venue.control.settings({ cancelDelayMs: 60_000 });
    const id = await placed();
    const { status, json } = await cancel(venue.url, id);
    expect([status, json]).toEqual([200, { success: true, message: 'SUCCESS', code: 0 }]);
    expect((await cancel(venue.url, id)).status).toBe(200);
    expect((await shown(id)).status).toBe('Untouched');
    expect(venue.control.release('cancel')).toBe(1);
    expect((await shown(id)).status).toBe('Canceled');
    expect(await free('TRY')).toMatchObject({ locked: '0.00' });
  });

  it('happens by itself, and a test can await it', async () => {
    const id = await placed();
    await cancel(venue.url, id);
    expect((await venue.control.wait({ openAtMost: 0 })).reached).toBe(true);
    expect(venue.ledger().orders[0]).toMatchObject({ id, status: 'Canceled', isOpen: false });
  });

  it('loses to a fill that comes first', async () => {
    venue.control.settings({ cancelDelayMs: 60_000 });
    const id = await placed();
    await cancel(venue.url, id);
    venue.control.fill({ id, quantity: '0.0001' });
    expect((await cancel(venue.url, id)).json.message).toBe('ORDER_COULD_NOT_BE_CANCELED');
    venue.control.release('cancel');
    expect((await shown(id)).status).toBe('Closed');
  });

  it('of a partly filled order leaves Canceled with its fills', async () => {
    venue.control.settings({ cancelDelayMs: 0 });
    const id = await placed();
    venue.control.fill({ id, quantity: '0.00004' });
    await cancel(venue.url, id);
    expect(await shown(id)).toMatchObject({
      status: 'Canceled',
      leftAmount: '0.0000600000000000',
    });
  });

  it('of a cancelled order succeeds again', async () => {
    venue.control.settings({ cancelDelayMs: 0 });
    const id = await placed();
    await cancel(venue.url, id);
    expect((await cancel(venue.url, id)).json.success).toBe(true);
  });

  it('of a filled order is ORDER_COULD_NOT_BE_CANCELED', async () => {
    const id = await placed({ price: '4300000' });
    const { status, json } = await cancel(venue.url, id);
    expect([status, json.message]).toEqual([400, 'ORDER_COULD_NOT_BE_CANCELED']);
  });

  it('of an unknown id, or with the id in the body only, matches nothing', async () => {
    const id = await placed();
    const unknown = await cancel(venue.url, '1');
    const sent = { method: 'DELETE', body: { id: Number(id) } };
    const inBody = await call(venue.url, '/api/v1/order', sent);
    for (const { status, json } of [unknown, inBody]) {
      expect([status, json.message, json.code]).toEqual([
        400,
        'NO_ORDER_MATCHES_YOUR_REQUEST',
        1_052,
      ]);
    }
    expect((await shown(id)).status).toBe('Untouched');
  });

  it('of another customer’s order matches nothing', async () => {
    await venue.stop();
    const other = { ...testKey, publicKey: 'other', account: 'other' };
    venue = await startBtcturk({ keys: [testKey, other] });
    const { id } = venue.control.plant(aBid(), 'other');
    expect((await cancel(venue.url, id)).json.message).toBe('NO_ORDER_MATCHES_YOUR_REQUEST');
    expect((await call(venue.url, '/api/v1/openOrders')).json.data).toEqual({ asks: [], bids: [] });
  });

  it('of a pair in maintenance is ORDER_CANCEL_BLOCKED', async () => {
    const id = await placed();
    venue.control.settings({ cancelBlocked: ['BTCTRY'] });
    expect((await cancel(venue.url, id)).json.message).toBe('ORDER_CANCEL_BLOCKED');
    expect((await shown(id)).status).toBe('Untouched');
  });
});
