import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedMessage } from '../../executor/feed/protocol.ts';
import { Recording } from '../../executor/feed/recording.ts';
import type { SocketEvents } from '../../executor/feed/socket.ts';
import { FeedStore } from '../../executor/feed/store.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A recording by hand: the clock, the socket and the disk do what a test says. */
class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'feed-recording-'));
  readonly clock = new ManualClock();
  readonly store = new FeedStore(join(this.folder, 'feed.sqlite'), { freeShareMin: 0 });
  readonly dials: { readonly at: number; readonly events: SocketEvents; isUp: boolean }[] = [];
  readonly sent: string[] = [];
  readonly told: FeedMessage[] = [];
  fault: Error | undefined;
  readonly recording: Recording;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    const write = this.store.write.bind(this.store);
    this.store.write = (records, until) => {
      if (this.fault !== undefined) throw this.fault;
      return write(records, until);
    };
    this.recording = new Recording({
      ...{ clock: this.clock, store: this.store, url: 'ws://venue/', silentMs: 15_000 },
      random: () => 0,
      tell: (message) => this.told.push(message),
      dial: (_, events) => {
        const one = { at: this.clock.elapsed(), events, isUp: true };
        this.dials.push(one);
        return {
          send: (text) => this.sent.push(text),
          destroy: () => {
            one.isUp = false;
          },
        };
      },
    });
    this.recording.follow(['BTCTRY'], 'start');
    this.#running = this.recording.run(this.#stopping.signal);
  }

  get events(): SocketEvents {
    const events = this.dials.at(-1)?.events;
    if (events === undefined) throw new Error('nobody was dialled');
    return events;
  }

  /** In steps as small as the recording's own. */
  async pass(ms: number): Promise<void> {
    for (let rest = ms; rest > 0; rest -= 50) {
      await this.clock.advance(Math.min(rest, 50));
      await new Promise((turn) => setImmediate(turn));
    }
  }

  full(CS: number): void {
    const level = [{ P: '1', A: '1' }];
    this.say(431, { CS, PS: 'BTCTRY', AO: level, BO: level });
  }

  say(type: number, model: object): void {
    this.events.text(JSON.stringify([type, { type, ...model }]));
  }

  rows(sql: string): readonly unknown[] {
    const database = new DatabaseSync(join(this.folder, 'feed.sqlite'), { readOnly: true });
    const rows = database.prepare(sql).all();
    database.close();
    return rows.map((row) => ({ ...row }));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.pass(600);
    await this.#running;
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }
}

let bench: Bench;
beforeEach(async () => {
  bench = new Bench();
  await bench.pass(200);
  bench.events.opened();
  bench.full(1);
  await bench.pass(100);
});
afterEach(() => bench.stop());

const difference = (CS: number) => bench.say(432, { CS, PS: 'BTCTRY', AO: [], BO: [] });
const gaps = (reason: string) =>
  bench.rows(`SELECT from_at, to_at FROM gaps WHERE reason = '${reason}'`);

describe('a recording', () => {
  it('whose file fails hangs up, and writes the gap from its last commit once it can', async () => {
    const committed = bench.clock.wall() - 100;
    bench.fault = new Error('database or disk is full');
    difference(2);
    await bench.pass(1_000);
    expect(bench.dials.map(({ isUp }) => isUp)).toEqual([false]);
    await bench.pass(10_000);
    expect(bench.dials).toHaveLength(1); // it does not read what it cannot write
    bench.fault = undefined;
    await bench.pass(5_000);
    expect(bench.dials.map(({ isUp }) => isUp)).toEqual([false, true]);
    expect(gaps('disk')).toEqual([{ from_at: committed, to_at: null }]);
    bench.events.opened();
    bench.full(9);
    const back = bench.clock.wall();
    await bench.pass(100);
    expect(gaps('disk')).toEqual([{ from_at: committed, to_at: back }]);
    expect(bench.rows('SELECT sequence FROM books')).toEqual([{ sequence: 1 }, { sequence: 9 }]);
  });

  it('dials at most ten times in any minute, also at a venue that cuts every connection', async () => {
    for (let ms = 0; ms < 180_000; ms += 50) {
      const one = bench.dials.at(-1);
      if (one?.isUp) one.events.ended({ why: 'closed with 1006' });
      await bench.pass(50);
    }
    const at = bench.dials.map((one) => one.at);
    expect(at.length).toBeGreaterThan(10);
    for (const start of at) {
      expect(at.filter((one) => one >= start && one < start + 60_000).length).toBeLessThanOrEqual(
        10,
      );
    }
  });

  it('gives up a connection that brings only pings, and one that never opens', async () => {
    for (let s = 0; s < 15; s += 1) {
      await bench.pass(1_000);
      bench.events.ping();
    }
    expect(bench.dials).toHaveLength(1);
    await bench.pass(2_000);
    expect(bench.dials.map(({ isUp }) => isUp)).toEqual([false, true]);
    await bench.pass(26_500);
    expect(bench.dials.map(({ isUp }) => isUp)).toEqual([false, false, true]);
    expect(gaps('silent')).toHaveLength(1);
  });

  it('is as old as its newest settled frame: a repeated ticker makes it young again', async () => {
    const ticker = () => bench.say(402, { PS: 'BTCTRY', B: '1', A: '2', LA: '1' });
    ticker();
    await bench.pass(5_000);
    const age = () => {
      const report = bench.told.findLast((message) => message.kind === 'report');
      return report?.kind === 'report' ? report.standing.ageMs : undefined;
    };
    expect(age()).toBeGreaterThan(4_000);
    ticker();
    await bench.pass(1_250);
    expect(age()).toBeLessThan(1_500);
    expect(bench.rows('SELECT id FROM tickers')).toHaveLength(1);
  });
});
