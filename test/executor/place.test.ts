import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

describe('an order', () => {
  it('reaches the venue once and is acknowledged', async () => {
    rig = await startExecutor();
    const { status, body } = await rig.place();
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.order).toMatchObject({ state: 'working', mode: 'live', symbol: 'BTCTRY' });
    const { orders } = rig.venue.ledger();
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({ clientId: body.order.id, symbol: 'BTCTRY', side: 'buy' });
  });
});
