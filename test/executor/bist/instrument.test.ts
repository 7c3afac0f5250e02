import { afterEach, expect, it } from 'vitest';
import { ShiftedClock } from '../../support/shifted-clock.ts';
import { anExecutor } from '../an-executor.ts';
import { type Rig, startExecutor } from '../start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

it('an order on BIST is held to the tick of its price, to whole shares and to limits', async () => {
  const whitelist = ['GARAN.E'];
  const object = anExecutor('paper', { venue: { name: 'bist' }, whitelist });
  rig = await startExecutor({ object, clock: new ShiftedClock('2026-11-24T11:00:00+03:00') });
  const garan = { symbol: 'GARAN.E', quantity: '10', price: '120.5' };
  const told = async (order: object) => {
    const { status, body } = await rig.place({ ...garan, ...order });
    return [status, body.error?.code, body.error?.details];
  };
  expect(await told({ price: '120.55' })).toEqual([
    ...[422, 'TICK_SIZE'],
    { tick: '0.1', nearest: ['120.5', '120.6'] },
  ]);
  expect(await told({ quantity: '1.5' })).toEqual([
    ...[422, 'QUANTITY_SCALE'],
    { field: 'quantity', decimals: 0, nearest: ['1', '2'] },
  ]);
  const atMarket = { side: 'sell', type: 'market', price: undefined };
  expect(await told(atMarket)).toEqual([422, 'METHOD_NOT_SUPPORTED', { allowed: ['limit'] }]);
  expect((await told({}))[0]).toBe(201);
});
