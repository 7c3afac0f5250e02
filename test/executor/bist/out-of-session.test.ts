import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { ShiftedClock } from '../../support/shifted-clock.ts';
import { anExecutor } from '../an-executor.ts';
import { type Rig, startExecutor } from '../start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

/** A Tuesday, 19:00 in Istanbul. */
const EVENING = '2026-11-24T19:00:00+03:00';
const garan = { symbol: 'GARAN.E', quantity: '10', price: '100' };

const bist = (venue: Record<string, unknown> = {}) =>
  anExecutor('paper', { venue: { name: 'bist', ...venue }, whitelist: ['GARAN.E'] });

const start = (clock: ShiftedClock, object = bist()) => startExecutor({ object, clock });

describe('at 19:00', () => {
  it('an order for BIST is refused by the guard, with the phase and when it may come', async () => {
    rig = await start(new ShiftedClock(EVENING));
    const { status, body } = await rig.place(garan, 'k');
    expect([status, body.error.code]).toEqual([403, 'OUT_OF_SESSION']);
    expect(body.error.details).toEqual({ phase: 'closed', nextOpen: '2026-11-25T06:40:00.000Z' });
    expect(await rig.metric('spark_guard_denials_total{reason="OUT_OF_SESSION"}')).toBe(1);
    expect((await rig.call('GET', '/orders')).body.orders).toEqual([]);
  });

  it('an order for BTCTurk reaches the venue', async () => {
    const clock = new ShiftedClock(EVENING);
    rig = await startExecutor({ clock, untilOpen: false });
    rig.venue.control.clock({ skewMs: clock.shiftMs });
    await rig.until(({ gate }) => gate === 'open');
    await expect.poll(async () => (await rig.place()).status, { timeout: 10_000 }).toBe(201);
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });
});

describe('a day order on BIST', () => {
  it('that was collected in a call trades when continuous trading starts', async () => {
    const clock = new ShiftedClock('2026-11-24T09:50:00+03:00');
    rig = await start(clock);
    const { status, body } = await rig.place(garan);
    expect([status, body.order.state]).toEqual([201, 'working']);
    const state = async () => (await rig.call('GET', `/orders/${body.order.id}`)).body.order.state;
    clock.set('2026-11-24T09:59:00+03:00');
    expect(await state()).toBe('working');
    clock.set('2026-11-24T10:00:00+03:00');
    await expect.poll(state, { timeout: 5_000 }).toBe('filled');
  });

  it('that did not trade ends with its session, also while the executor was down', async () => {
    const clock = new ShiftedClock('2026-11-24T18:02:00+03:00');
    rig = await start(clock);
    const { order } = (await rig.place(garan)).body;
    const state = async () => (await rig.call('GET', `/orders/${order.id}`)).body.order.state;
    expect(await state()).toBe('working');
    const { venue: simulator, cluster, folder: data } = rig;
    await rig.stopExecutor();
    clock.set('2026-11-24T18:09:00+03:00');
    rig = await startExecutor({ simulator, cluster, data, clock });
    expect(await state()).toBe('working');
    clock.set('2026-11-24T18:10:00+03:00');
    await expect.poll(state, { timeout: 5_000 }).toBe('canceled');
  });
});

describe('GET /calendar', () => {
  it('tells what is in force and what a refresh has changed; a closure by it shuts the market', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'calendar-')), 'calendar.json');
    const day = '2026-11-24';
    const years = { 2026: { closed: [day], half: [] } };
    writeFileSync(path, JSON.stringify({ version: 2026112401, source: 'a circular', years }));
    const clock = new ShiftedClock('2026-11-24T11:00:00+03:00');
    rig = await start(clock, bist({ calendarUrl: pathToFileURL(path).href }));
    const calendar = async () => (await rig.call('GET', '/calendar')).body;
    await expect.poll(async () => (await calendar()).version).toBe(2026112401);
    const report = await calendar();
    expect(Object.keys(report.years)).toEqual(['2025', '2026', '2027']);
    expect(report.changes).toEqual([{ day, was: 'full', is: 'closed' }]);
    expect(report.kept).toContainEqual({ day: '2026-10-29', was: 'closed', is: 'full' });
    expect(report).toMatchObject({ source: 'a circular', end: '2028-01-01' });
    expect(report.days[0]).toEqual({ date: day, kind: 'holiday', phases: [] });
    expect(report.days[1]).toMatchObject({ date: '2026-11-25', kind: 'full' });
    expect(report.days[1].phases[0]).toEqual({
      phase: 'opening-call',
      from: '2026-11-25T06:40:00.000Z',
      to: '2026-11-25T06:55:00.000Z',
    });
    expect(report.refresh.fault).toBeNull();
    const end = Date.parse('2028-01-01T00:00:00+03:00') / 1_000;
    expect(await rig.metric('spark_calendar_end_timestamp_seconds')).toBe(end);
    expect((await rig.place(garan)).body.error.details.nextOpen).toBe('2026-11-25T06:40:00.000Z');
    expect(rig.logs.join()).toContain('the BIST calendar has changed');
    const kept = join(rig.folder, 'data/bist-calendar.json');
    await expect.poll(() => existsSync(kept)).toBe(true);
    expect(readFileSync(kept, 'utf8')).toContain(day);
  });

  it('of a venue that never closes is not there', async () => {
    rig = await startExecutor({ object: anExecutor('paper') });
    const { status, body } = await rig.call('GET', '/calendar');
    expect([status, body.error.code]).toEqual([404, 'NO_CALENDAR']);
    expect(await rig.metric('spark_calendar_end_timestamp_seconds')).toBeNaN();
  });
});
