import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Registry } from 'prom-client';
import { systemClock } from '../../crds/clock.ts';
import { Feed, type FeedParts } from '../../executor/feed/feed.ts';
import { FeedMetrics, type FeedReading } from '../../executor/feed/feed-metrics.ts';
import { executorLog } from '../../executor/log.ts';

export const FEED_WORKER = new URL('../../executor/feed/feed-worker.ts', import.meta.url);

export type Row = Readonly<Record<string, string | number | null>>;

export interface FeedOptions extends Pick<FeedParts, 'setup'> {
  readonly url: string;
  /** Read every second, so a test may change it. */
  readonly symbols?: string[];
  readonly folder?: string;
  readonly worker?: URL;
}

/** A feed with its real thread and a real file. */
export class FeedRig {
  readonly folder: string;
  readonly path: string;
  readonly feed: Feed;
  readonly registry = new Registry();
  readonly logs: string[] = [];
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor({ url, symbols = ['BTCTRY'], folder, worker = FEED_WORKER, setup }: FeedOptions) {
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'feed-'));
    this.path = join(this.folder, 'feed.sqlite');
    this.feed = new Feed({
      ...{ clock: systemClock, random: Math.random, path: this.path, worker },
      setup: { limits: { freeShareMin: 0 }, ...setup }, // whatever this machine's disk holds
      log: executorLog({}, { write: (line) => void this.logs.push(line) }),
      metrics: new FeedMetrics(this.registry),
      address: { kind: 'at', url },
      symbols: () => [...symbols],
    });
    this.#running = this.feed.run(this.#stopping.signal);
  }

  /** Read from the file as another process would. */
  rows(sql: string): readonly Row[] {
    const database = new DatabaseSync(this.path, { readOnly: true });
    try {
      return database.prepare(sql).all() as Row[];
    } finally {
      database.close();
    }
  }

  async metric(series: string): Promise<number> {
    const lines = (await this.registry.metrics()).split('\n');
    return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1));
  }

  /** The feed tells its state four times a second; nothing can be awaited but that. */
  async until(holds: (reading: FeedReading) => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!(await holds(this.feed.reading()))) {
      if (performance.now() > deadline) {
        throw new Error(`not reached: ${this.feed.words()}\n${this.logs.join('')}`);
      }
      await new Promise((next) => setTimeout(next, 20));
    }
  }

  untilLive(count = 1): Promise<void> {
    return this.until(({ phase, live }) => phase === 'open' && live === count);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
