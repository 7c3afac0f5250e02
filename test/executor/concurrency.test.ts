import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

describe('any interleaving of concurrent requests', () => {
  it('overshoots neither window, and sends no key twice', async () => {
    const limits = { maxOrdersPerMinute: 12, maxNotionalTryPerSecond: 800, maxConcurrency: 4 };
    const venue = { settings: { limiter: false } };
    rig = await startExecutor({ object: anExecutor('live', { limits }), venue });
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', minMs: 0, maxMs: 30 });
    const burst = fc.array(
      fc.record({
        symbol: fc.constantFrom('BTCTRY', 'USDTTRY'),
        units: fc.integer({ min: 1, max: 6 }),
        key: fc.constantFrom('a', 'b', 'c', undefined),
      }),
      { minLength: 5, maxLength: 25 },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(burst, async (orders) => {
        round += 1;
        const answers = orders.map(({ symbol, units, key }) => {
          const [price, one] = symbol === 'BTCTRY' ? ['1000000', 0.0001] : ['30', 4];
          const quantity = String(Number((units * one).toFixed(4)));
          const order = { symbol, price, quantity };
          return key === undefined ? rig.place(order) : rig.place(order, `${key}-${round}`);
        });
        const statuses = (await Promise.all(answers)).map(({ status }) => status);
        expect(statuses.filter((status) => ![201, 202, 409, 422, 429].includes(status))).toEqual(
          [],
        );
      }),
      { numRuns: 8 },
    );
    const { orders } = rig.venue.ledger();
    expect(orders.length).toBeGreaterThan(0);
    expect(orders.length).toBeLessThanOrEqual(12);
    expect(new Set(orders.map(({ clientId }) => clientId)).size).toBe(orders.length);
  }, 30_000);

  it('keeps the TRY of every second in the journal under the limit', async () => {
    const limits = { maxNotionalTryPerSecond: 500, maxOrdersPerMinute: 300, maxConcurrency: 8 };
    rig = await startExecutor({ object: anExecutor('live', { limits }) });
    for (let round = 0; round < 3; round += 1) {
      const burst = Array.from({ length: 20 }, () => rig.place({ quantity: '0.0002' }));
      const statuses = (await Promise.all(burst)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(2);
      await new Promise((next) => setTimeout(next, 400));
    }
    const { orders } = rig.venue.ledger();
    for (const { arrivedAt = 0 } of orders) {
      // The network may squeeze two sends a few ms closer together than they left.
      const inside = orders.filter(
        ({ arrivedAt: at = 0 }) => at > arrivedAt - 980 && at <= arrivedAt,
      );
      expect(inside.length * 200).toBeLessThanOrEqual(500);
    }
  });

  it.each([
    ['maxOpenOrders', { maxOpenOrders: 1 }, 'OPEN_ORDERS_LIMIT'],
    ['maxOpenNotionalTry', { maxOpenNotionalTry: 150 }, 'OPEN_NOTIONAL_LIMIT'],
  ])(
    'holds %s while orders are on their way into the journal',
    async (_, limit, code) => {
      const limits = { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000, ...limit };
      rig = await startExecutor({ object: anExecutor('live', { limits }) });
      const answers = await Promise.all(Array.from({ length: 20 }, () => rig.place()));
      const placed = answers.filter(({ status }) => status === 201);
      expect(placed).toHaveLength(1);
      const refused = answers.filter(({ status }) => status !== 201);
      expect(new Set(refused.map(({ body }) => body.error.code))).toEqual(new Set([code]));
      expect(rig.venue.ledger().orders).toHaveLength(1);
      // What was refused holds no room: the next one passes once the first is gone.
      await rig.call('DELETE', `/orders/${placed[0]?.body.order.id}`);
      await rig.until(({ openOrders }) => openOrders === 0);
      expect((await rig.place()).status).toBe(201);
    },
    15_000,
  );
});
