import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { aBid, call, submit } from './client.ts';

let venue: Btcturk;
beforeAll(async () => {
  venue = await startBtcturk({
    settings: { limiter: false, crossing: 'rest' },
    balances: { TRY: '1001.8', USDT: '5000', BTC: '1', LDO: '100' },
  });
});
afterAll(() => venue.stop());

/** Each row breaks its own rule and every later one: the venue names the first. */
const rows: readonly (readonly [string, Record<string, unknown>, string, number])[] = [
  ['a missing pair', { pairSymbol: undefined }, 'INVALID_REQUEST_ERROR', 1_037],
  ['a pair of 21 letters', { pairSymbol: 'A'.repeat(21) }, 'INVALID_REQUEST_ERROR', 1_037],
  [
    'a client id of 51 letters',
    { newOrderClientId: 'i'.repeat(51) },
    'INVALID_REQUEST_ERROR',
    1_037,
  ],
  ['an unknown pair', { pairSymbol: 'NOPE', orderType: 'x' }, 'Pair NOPE does not exists.', 1_037],
  ['an unknown side', { orderType: 'hold', orderMethod: 'x' }, 'ORDER_TYPE_NOT_SUPPORTED', 1_193],
  [
    'an unknown method',
    { orderMethod: 'iceberg', price: 'x' },
    'ORDER_METHOD_NOT_SUPPORTED',
    1_134,
  ],
  ['an exponent', { quantity: '1e3' }, 'INVALID_REQUEST_ERROR', 1_037],
  ['13 integer digits', { quantity: '1'.repeat(13) }, 'INVALID_REQUEST_ERROR', 1_037],
  ['a comma', { price: '3000000,5' }, 'INVALID_REQUEST_ERROR', 1_037],
  ['a missing price', { price: undefined }, 'INVALID_REQUEST_ERROR', 1_037],
  [
    'a market order where the method is closed',
    { pairSymbol: 'LDOUSDT', orderMethod: 'market', quantity: '0.0001' },
    'FAILED_MARKET_ORDER',
    1_118,
  ],
  [
    '9 decimals of BTC',
    { quantity: '0.000000001', price: '1.5' },
    'FAILED_INVALID_QUANTITY_SCALE',
    1_127,
  ],
  [
    'a market buy in base: 8 decimals of TRY',
    { orderMethod: 'market', quantity: '0.00012345' },
    'FAILED_INVALID_QUANTITY_SCALE',
    1_127,
  ],
  [
    'a fraction where hasFraction is false',
    { price: '3000000.5' },
    'FAILED_INVALID_PRICE_SCALE',
    1_126,
  ],
  ['a whole price off the tick of 10', { price: '3000005' }, 'FAILED_INVALID_PRICE_SCALE', 1_126],
  [
    'a fraction that its tick of 0.01 would allow',
    { pairSymbol: 'ETHTRY', price: '130000.01', quantity: '0.001' },
    'FAILED_INVALID_PRICE_SCALE',
    1_126,
  ],
  [
    'a stop price with a fraction',
    { orderMethod: 'stopLimit', stopPrice: '4300000.5' },
    'FAILED_INVALID_STOP_PRICE_SCALE',
    1_128,
  ],
  ['a quantity of 0', { quantity: '0' }, 'FAILED_ORDER_PARAMETER', 1_121],
  [
    '99.90 TRY in all',
    { quantity: '0.0000333', price: '3000000' },
    'FAILED_MIN_TOTAL_AMOUNT',
    1_123,
  ],
  [
    'a price above the maximum',
    { price: '10000010', quantity: '1' },
    'PRICE_MUST_BE_LESS_THAN_MAXPRICE',
    1_226,
  ],
  [
    'less than a tenth of the last price',
    { price: '419990', quantity: '1' },
    'ORDER_MIN_PRICE_EXCEEDED',
    1_000,
  ],
  [
    'more than ten times the last price',
    { pairSymbol: 'BTCUSDT', price: '1000001', quantity: '1' },
    'ORDER_MAX_PRICE_EXCEEDED',
    1_000,
  ],
  [
    'a stop buy below the bid',
    { orderMethod: 'stopLimit', stopPrice: '4199980', quantity: '1' },
    'FAILED_STOP_PRICE_LESS_THAN_BEST_BID',
    1_125,
  ],
  [
    'a stop sell above the ask',
    { orderType: 'sell', orderMethod: 'stopLimit', stopPrice: '4200010', quantity: '2' },
    'FAILED_STOP_PRICE_GREATER_THAN_BEST_ASK',
    1_124,
  ],
  ['more than the balance', { quantity: '0.00033334' }, 'BALANCE_NOT_ENOUGH', 1_000],
  [
    'more BTC than there is',
    { orderType: 'sell', quantity: '1.00000001' },
    'BALANCE_NOT_ENOUGH',
    1_000,
  ],
];

describe('submit is refused for', () => {
  it.each(rows)('%s', async (_what, changes, message, code) => {
    const answer = await submit(venue.url, changes);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ httpStatusCode: 400, data: null, success: false, message, code });
    expect(venue.ledger().orders).toEqual([]);
  });

  it('a body that is no JSON', async () => {
    const answer = await call(venue.url, '/api/v1/order', { method: 'POST', body: '{"pair' });
    expect([answer.status, answer.json.message]).toEqual([400, 'INVALID_REQUEST_ERROR']);
  });

  it('another content type, with 415', async () => {
    const headers = { 'Content-Type': 'text/plain' };
    const sent = { method: 'POST', body: aBid(), headers };
    expect((await call(venue.url, '/api/v1/order', sent)).status).toBe(415);
  });
});

describe('submit is accepted', () => {
  const accepted = async (changes: Record<string, unknown>) => {
    venue.control.reset();
    return (await submit(venue.url, changes)).status;
  };

  it.each([
    ['at 99.93 TRY, just above the minimum', { quantity: '0.00003331' }],
    ['with the last TRY of the balance, commission included', { quantity: '0.00033333' }],
    ['at exactly a tenth of the last price', { price: '420000', quantity: '0.001' }],
    ['with trailing zeros beyond the scale', { price: '3000000.000', quantity: '0.000100000000' }],
    ['with JSON numbers', { price: 3_000_000, quantity: 0.0001 }],
    [
      'with any case, and the pair with an underscore',
      { pairSymbol: 'btc_try', orderMethod: 'LIMIT' },
    ],
    [
      'as a market buy, whose price is ignored',
      { orderMethod: 'market', quantity: '1000', price: 'x' },
    ],
    ['with a client id of 50 letters', { newOrderClientId: 'i'.repeat(50) }],
  ])('%s', async (_what, changes) => {
    expect(await accepted(changes)).toBe(200);
  });

  it('as documented, without a word about fills', async () => {
    venue.control.reset();
    const { json } = await submit(venue.url, { newOrderClientId: 'Sat' });
    const { datetime, ...data } = json.data;
    expect(json).toMatchObject({ httpStatusCode: 200, success: true, message: 'SUCCESS', code: 0 });
    expect(data).toEqual({
      id: 26_947_521_557,
      quantity: '0.0001',
      price: '3000000',
      stopPrice: null,
      newOrderClientId: 'Sat',
      type: 'buy',
      method: 'limit',
      pairSymbol: 'BTCTRY',
      pairSymbolNormalized: 'BTC_TRY',
    });
    expect(Math.abs(datetime - Date.now())).toBeLessThan(5_000);
  });

  it('twice with the same client id: two live orders', async () => {
    venue.control.reset();
    const first = await submit(venue.url, { newOrderClientId: 'same' });
    const second = await submit(venue.url, { newOrderClientId: 'same' });
    expect(second.json.data.id).toBeGreaterThan(first.json.data.id);
    expect(venue.ledger({ clientId: 'same' }).orders.map((order) => order.isOpen)).toEqual([
      true,
      true,
    ]);
  });

  it('under a GUID when the id comes in a misspelt field', async () => {
    venue.control.reset();
    const { json } = await submit(venue.url, {
      newOrderClientId: undefined,
      newClientOrderId: 'mine',
    });
    expect(json.data.newOrderClientId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('until open orders tie the balance: FAILED_ORDER_WITH_OPEN_ORDERS', async () => {
    venue.control.reset();
    await submit(venue.url, { quantity: '0.0002' });
    const answer = await submit(venue.url, { quantity: '0.0002' });
    expect(answer.json).toMatchObject({ message: 'FAILED_ORDER_WITH_OPEN_ORDERS', code: 1_122 });
  });
});

describe('ids', () => {
  it('beyond 2^53 travel as bare numbers, digit by digit', async () => {
    const far = await startBtcturk({ firstOrderId: 9_007_199_254_740_993n });
    const answer = await submit(far.url);
    expect(answer.text).toContain('"id":9007199254740993,');
    expect(far.ledger().orders[0]?.id).toBe('9007199254740993');
    const one = await call(far.url, '/api/v1/order/9007199254740993');
    expect(one.text).toContain('"id":9007199254740993,');
    await far.stop();
  });
});
