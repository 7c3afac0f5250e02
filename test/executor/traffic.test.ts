import { expect, it } from 'vitest';
import { executorLog } from '../../executor/log.ts';
import type { WireReply } from '../../executor/venues/btcturk/exchange.ts';
import { Traffic } from '../../executor/venues/btcturk/traffic.ts';
import { ManualClock } from '../support/manual-clock.ts';

const taken: WireReply = { kind: 'answer', status: 200, text: '{}' };
const refused: WireReply = { ...taken, status: 401 };

/** Traffic whose stamps are at fault for as long as the test goes on. */
function aTraffic(answer: WireReply) {
  const clock = new ManualClock();
  let asked = 0;
  const traffic = new Traffic({
    ...{ clock, log: executorLog({}, { write: () => undefined }), key: () => 'key' },
    stampFault: () => 'no look at the clock',
    probe: async () => answer,
  });
  const read = async () => {
    const before = asked;
    await traffic.read('openOrders', async () => {
      asked += 1;
      traffic.count('openOrders', answer);
      return answer;
    });
    return asked > before;
  };
  return { clock, traffic, read };
}

it('reads go though the clock is in doubt while the venue takes their stamps, orders do not', async () => {
  const { traffic, read } = aTraffic(taken);
  expect([await read(), await read()]).toEqual([true, true]);
  expect(traffic.hold()?.kind).toBe('clock');
  traffic.count('order.submit', refused);
  expect(await read()).toBe(false);
  traffic.count('order.cancel', taken);
  expect(await read()).toBe(true);
});

it('a read whose stamp would be refused is tried once a minute, until three in a row were', async () => {
  const { clock, traffic, read } = aTraffic(refused);
  const tried: number[] = [];
  for (let second = 0; second < 3_600; second += 1) {
    if (await read()) tried.push(second);
    await clock.advance(1_000);
  }
  expect(tried).toEqual([0, 60, 120]);
  expect(traffic.isKeyRefused()).toBe(false);
});

it('cancels with a refused key go further and further apart, so that an hour brings no ban', async () => {
  const { clock, traffic } = aTraffic(refused);
  for (let n = 0; n < 5; n += 1) traffic.count('order.submit', refused);
  let sent = 5;
  const cancel = async () => {
    sent += 1;
    traffic.count('order.cancel', refused);
    return refused;
  };
  for (let n = 0; n < 100; n += 1) void traffic.cancel(cancel);
  for (let minute = 0; minute < 60; minute += 1) await clock.advance(60_000);
  expect(sent).toBeGreaterThan(12);
  expect(sent).toBeLessThan(20);
  traffic.close();
});
