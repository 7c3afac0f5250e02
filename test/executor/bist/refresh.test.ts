import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executorLog } from '../../../executor/log.ts';
import { builtIn } from '../../../executor/venues/bist/calendar/built-in.ts';
import { Calendars } from '../../../executor/venues/bist/calendar/refresh.ts';
import { calendarSource } from '../../../executor/venues/bist/calendar/source.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const DAY = '2026-12-01';
const NEWER = builtIn.version + 1;
const MINUTE_MS = 60_000;

let folder: string;
let stop: AbortController;
let running: Promise<void>;
let server: Server | undefined;
const logs: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bist-'));
  stop = new AbortController();
  running = Promise.resolve();
  logs.length = 0;
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const source = () => join(folder, 'source.json');
const kept = () => join(folder, 'data', 'bist-calendar.json');

function issue(version: number, closed: readonly string[], rest: object = {}): string {
  return JSON.stringify({
    ...{ version, source: `issue ${version}`, years: { 2026: { closed, half: [] } } },
    ...rest,
  });
}

function calendars(url: string | undefined): [Calendars, ManualClock] {
  const clock = new ManualClock();
  const log = executorLog({}, { write: (line) => void logs.push(line) });
  const from = url === undefined ? undefined : calendarSource(url, 1_000);
  const started = new Calendars({ clock, log, source: from, path: kept() });
  running = started.run(stop.signal);
  return [started, clock];
}

/** Time goes on, minute by minute, until the value is there. */
const later = <T>(clock: ManualClock, value: () => T) =>
  expect.poll(async () => {
    await clock.advance(MINUTE_MS);
    return value();
  });

const fromFile = () => calendars(pathToFileURL(source()).href);
const version = (one: Calendars) => one.report().version;
const isClosed = (one: Calendars) => one.current.years['2026']?.closed.includes(DAY as never);

describe('a calendar', () => {
  it('is the built-in one where nothing is configured', async () => {
    const [one] = calendars(undefined);
    expect(one.report()).toMatchObject({ version: builtIn.version, changes: [] });
    expect(one.report().refresh).toBeUndefined();
  });

  it('follows a file, and keeps the last good one over a restart without it', async () => {
    writeFileSync(source(), issue(NEWER, []));
    const [one, clock] = fromFile();
    await expect.poll(() => version(one)).toBe(NEWER);
    writeFileSync(source(), issue(NEWER + 1, [DAY]));
    await later(clock, () => isClosed(one)).toBe(true);
    expect(one.report().changes).toEqual([{ day: DAY, was: 'full', is: 'closed' }]);
    expect(logs.join()).toContain(`"changes":[{"day":"${DAY}","was":"full","is":"closed"}]`);
    await expect.poll(() => readFileSync(kept(), 'utf8')).toContain(DAY);
    stop.abort(new Error('restarted'));
    await running;
    const [again] = calendars(undefined);
    expect([version(again), isClosed(again)]).toEqual([NEWER + 1, true]);
  });

  it.each([
    ['malformed', 'maintenance', 'it is not JSON'],
    ['older', issue(1, []), 'version 1 is older'],
  ])('that is %s changes nothing, and it is shown', async (_what, text, fault) => {
    writeFileSync(source(), issue(NEWER, [DAY]));
    const [one, clock] = fromFile();
    await expect.poll(() => isClosed(one)).toBe(true);
    writeFileSync(source(), text);
    await later(clock, () => one.report().refresh?.fault).toContain(fault);
    expect([version(one), isClosed(one)]).toEqual([NEWER, true]);
  });

  it('keeps a closed day that a newer issue forgets, and opens it when that is said', async () => {
    writeFileSync(source(), issue(NEWER, [DAY]));
    const [one, clock] = fromFile();
    await expect.poll(() => isClosed(one)).toBe(true);
    writeFileSync(source(), issue(NEWER + 1, []));
    await later(clock, () => version(one)).toBe(NEWER + 1);
    expect(isClosed(one)).toBe(true);
    expect(one.report().kept).toContainEqual({ day: DAY, was: 'closed', is: 'full' });
    writeFileSync(source(), issue(NEWER + 2, [], { reopens: [DAY] }));
    await later(clock, () => version(one)).toBe(NEWER + 2);
    expect(isClosed(one)).toBe(false);
  });

  it('whose kept copy cannot be read closes the market until a newer one comes', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(kept(), '{"version":');
    writeFileSync(source(), 'not there yet');
    const [one, clock] = fromFile();
    expect(one.current.years).toEqual({});
    expect(logs.join()).toContain('the market stays closed');
    writeFileSync(source(), issue(NEWER, [DAY]));
    await later(clock, () => Object.keys(one.current.years)).toEqual(['2025', '2026', '2027']);
    expect(isClosed(one)).toBe(true);
  });

  it('that was kept and is older than the built-in one still closes its days', async () => {
    const old = { ...builtIn, version: 1, years: { 2026: { closed: [DAY], half: [] } } };
    writeFileSync(join(folder, 'old.json'), JSON.stringify(old));
    const log = executorLog({}, { write: () => undefined });
    const path = join(folder, 'old.json');
    const one = new Calendars({ clock: new ManualClock(), log, source: undefined, path });
    expect([version(one), isClosed(one)]).toEqual([builtIn.version, true]);
  });
});

describe('a calendar behind a URL', () => {
  it('is read; a failure, a page or a redirect leaves the last good one', async () => {
    let answer: readonly [number, string] = [200, issue(NEWER, [DAY])];
    server = createServer((_request, response) => {
      response.writeHead(answer[0], { location: '/elsewhere' }).end(answer[1]);
    });
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const [one, clock] = calendars(`http://127.0.0.1:${port}/calendar.json`);
    await expect.poll(() => isClosed(one)).toBe(true);
    for (const status of [503, 302]) {
      answer = [status, issue(NEWER + 9, [])];
      await later(clock, () => one.report().refresh?.fault).toContain(`answered ${status}`);
    }
    expect([version(one), isClosed(one)]).toEqual([NEWER, true]);
    answer = [200, issue(NEWER + 1, [DAY])];
    await later(clock, () => version(one)).toBe(NEWER + 1);
    expect(one.report().refresh?.fault).toBeNull();
  });
});
