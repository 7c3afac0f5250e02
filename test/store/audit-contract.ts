import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Journal } from '../../executor/journal/journal.ts';
import { anOrder, NOW } from './entries.ts';
import type { MakePlace, Place } from './places.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** What every adapter says of the same orders. */
export function auditContract(makePlace: MakePlace): void {
  let place: Place;
  let journal: Journal;
  beforeEach(async () => {
    place = await makePlace();
    journal = place.open();
  });
  afterEach(async () => {
    await journal.close();
    await place.remove();
  });
  const audit = (paper = false, ms = HOUR) => journal.audit({ ms, now: NOW, paper });

  it('counts the orders of its window once each, by what their answer was', async () => {
    const again = anOrder('quick', { outcome: 'unknown', errorClass: '5xx' }).slice(1);
    await journal.append([
      ...anOrder('quick', { outcome: 'acked', latencyMs: 12.5 }),
      ...again,
      ...anOrder('slow', { outcome: 'acked', latencyMs: 1_500 }),
      ...anOrder('lost', { outcome: 'unknown', errorClass: 'timeout', latencyMs: 5_000 }),
      ...anOrder('on its way', {}),
      ...anOrder('first inside', { at: NOW - HOUR + 1, outcome: 'acked', latencyMs: 100 }),
      ...anOrder('just outside', { at: NOW - HOUR, outcome: 'rejected', errorClass: 'rejected' }),
      ...anOrder('paper', { mode: 'paper', outcome: 'acked' }),
    ]);
    const summary = await audit();
    expect(summary).toMatchObject({
      ...{ windowMs: HOUR, orders: 5, acked: 3, shareNotAcked: 0.4, errors: 1, errorRate: 0.2 },
      byOutcome: { acked: 3, unknown: 1, rejected: 0, unsent: 0 },
      byErrorClass: { none: 3, timeout: 1, nonce: 0, '429': 0, '5xx': 0, rejected: 0 },
      placeLatencyS: { p50: 0.1, p95: 5, p99: 5, max: 5, over1s: 2 },
    });
    const within = Object.fromEntries(
      summary.placeLatencyS.buckets.map(({ le, orders }) => [le, orders]),
    );
    expect(within).toMatchObject({ 0.01: 0, 0.025: 1, 0.1: 2, 1: 2, 2.5: 3, 5: 4, '+Inf': 4 });
    expect((await audit(true)).orders).toBe(6);
  });

  it('of an empty journal has every class at 0, no latencies and no share', async () => {
    const none = { p50: null, p95: null, p99: null, max: null, over1s: 0 };
    const summary = await audit();
    expect(summary).toMatchObject({ orders: 0, shareNotAcked: 0, errorRate: 0, denials: {} });
    expect(summary.placeLatencyS).toMatchObject(none);
    expect(Object.keys(summary.byErrorClass)).toHaveLength(10);
    expect(new Set(Object.values(summary.byErrorClass))).toEqual(new Set([0]));
  });

  it('shows the error rate in twelve slices; a business reject is no error', async () => {
    const of = (name: string, minutesAgo: number, outcome: 'acked' | 'unsent' | 'rejected') =>
      anOrder(name, { at: NOW - minutesAgo * MINUTE, outcome, errorClass: 'rejected' });
    await journal.append([
      ...of('first', 59, 'unsent'),
      ...of('last of the first', 55, 'acked'),
      ...anOrder('first of the second', { at: NOW - 55 * MINUTE + 1, outcome: 'acked' }),
      ...of('rejected', 1, 'rejected'),
      ...anOrder('nonce', { at: NOW - MINUTE, outcome: 'rejected', errorClass: 'nonce' }),
      ...anOrder('429', { at: NOW, outcome: 'rejected', errorClass: '429' }),
      ...anOrder('of the future', { at: NOW + HOUR, outcome: 'acked' }),
    ]);
    const { trend, errors } = await audit();
    expect(trend.map((slice) => [slice.orders, slice.errors])).toEqual([
      [2, 1],
      [1, 0],
      ...Array.from({ length: 9 }, () => [0, 0]),
      [4, 2],
    ]);
    expect(trend[0]).toMatchObject({ from: '2025-12-31T23:00:00.000Z', errorRate: 0.5 });
    expect(errors).toBe(3);
  });

  it('adds up what the guards refused, by reason', async () => {
    const minute = NOW - MINUTE;
    const count = { minute, reason: 'KILL_SWITCH_ACTIVE', caller: 'a', count: 2 };
    await journal.tally([count, { ...count, caller: 'b' }]);
    await journal.tally([count, { ...count, reason: 'CLOCK_DRIFT', count: 1 }]);
    await journal.tally([{ ...count, minute: NOW - 2 * HOUR, count: 50 }]);
    expect((await audit()).denials).toEqual({ KILL_SWITCH_ACTIVE: 6, CLOCK_DRIFT: 1 });
    await journal.prune(NOW);
    expect((await audit()).denials).toEqual({});
  });

  it('of many orders is exact over its pages, and lets orders be written in between', async () => {
    const told = { outcome: 'acked', latencyMs: 1 } as const;
    // Many in the same millisecond: a page may end between them.
    const orders = Array.from({ length: 12_321 }, (_, n) =>
      anOrder(`order-${n}`, { ...told, latencyMs: n, at: NOW - 10 + Math.floor(n / 1_000) }),
    );
    await journal.append(orders.flat());
    let isSummed = false;
    const summing = audit().finally(() => {
      isSummed = true;
    });
    let written = 0;
    while (!isSummed) {
      await journal.append(anOrder(`meanwhile-${written}`, { at: NOW - 2 * HOUR }));
      written += 1;
    }
    const { orders: count, placeLatencyS } = await summing;
    expect([count, placeLatencyS.max]).toEqual([12_321, 12.32]);
    // One write that waited until the end, and one after it, would be no room in between.
    expect(written).toBeGreaterThan(3);
  });
}
