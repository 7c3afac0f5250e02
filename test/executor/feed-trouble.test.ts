import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedMessage, FeedSetup } from '../../executor/feed/protocol.ts';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { anExecutor } from './an-executor.ts';
import { startExecutor } from './start-executor.ts';
import { FEED_WORKER, FeedRig } from './start-feed.ts';

vi.setConfig({ testTimeout: 60_000 });
let venue: Btcturk;
let folder: string;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { feedBatchMs: 5, limiter: false } });
  folder = mkdtempSync(join(tmpdir(), 'feed-'));
});
afterEach(async () => {
  await venue.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('an address', () => {
  const refused = createServer().on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nConnection: close\r\n\r\n');
  });

  it('that refuses the connect is asked again only after the pause it wants', async () => {
    refused.listen(0, '127.0.0.1');
    await once(refused, 'listening');
    const { port } = refused.address() as AddressInfo;
    const rig = new FeedRig({ url: `ws://127.0.0.1:${port}/`, folder });
    await rig.until(() => rig.feed.words().includes('refused the connect with 429'));
    await new Promise((wait) => setTimeout(wait, 1_000)); // unpaused it would have been back by now
    expect(await rig.metric('spark_feed_connects_total{outcome="failed"}')).toBe(1);
    await rig.remove();
    refused.close();
  });

  it.each([
    ['where nobody is', undefined, 'ECONNREFUSED'],
    ['that has no meaning', 'ws://[', 'Invalid URL'],
  ])('%s is told of in words', async (_, url, words) => {
    const rig = new FeedRig({ url: url ?? (await nobodysUrl()), folder });
    await rig.until(() => rig.feed.words().includes(words));
    expect(rig.feed.reading()).toMatchObject({ phase: 'connecting', live: 0 });
    await rig.remove();
  });
});

describe('a file that takes nothing', () => {
  it('stops the feed, says so, and is written again when it can be', async () => {
    const rig = new FeedRig({ url: venue.feedUrl, folder });
    await rig.untilLive();
    const other = new DatabaseSync(rig.path);
    other.exec('BEGIN IMMEDIATE');
    venue.control.settings({ walk: true });
    await rig.until(({ phase }) => phase === 'unwritable');
    expect(rig.feed.words()).toMatch(/^unwritable: database is locked; \d/);
    expect(venue.control.feed.connections()).toEqual([]);
    other.exec('ROLLBACK');
    other.close();
    await rig.untilLive();
    await rig.until(() => {
      const gaps = rig.rows("SELECT from_at, to_at FROM gaps WHERE reason = 'disk'");
      return (
        gaps.length === 1 && gaps.every(({ from_at, to_at }) => Number(to_at) > Number(from_at))
      );
    });
    const [last] = rig.rows(`
      SELECT max(received_at) AS at FROM books
      WHERE received_at < (SELECT to_at FROM gaps WHERE reason = 'disk')`);
    const [gap] = rig.rows("SELECT from_at FROM gaps WHERE reason = 'disk'");
    expect(Number(gap?.from_at)).toBeGreaterThanOrEqual(Number(last?.at));
    expect(rig.logs.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    await rig.remove();
  });

  it('is never begun on a volume that is nearly full', async () => {
    const setup = { limits: { freeShareMin: 1 } };
    const rig = new FeedRig({ url: venue.feedUrl, folder, setup });
    await rig.until(({ phase }) => phase === 'unwritable');
    expect(rig.feed.words()).toContain('no room is left for the feed on its volume');
    await rig.remove();
  });
});

describe('a thread that ends', () => {
  it('is told of with its reason, and started again until it works', async () => {
    const path = join(folder, 'feed.sqlite');
    mkdirSync(path);
    const rig = new FeedRig({ url: venue.feedUrl, folder });
    await rig.until(({ phase }) => phase === 'broken');
    expect(rig.feed.words()).toMatch(/^broken: unable to open database file/);
    rmSync(path, { recursive: true });
    await rig.untilLive();
    await rig.remove();
  });

  it('in the middle of its work leaves whole batches, and the next one says what is missing', async () => {
    venue.control.settings({ walk: true });
    const path = join(folder, 'feed.sqlite');
    for (let round = 0; round < 4; round += 1) {
      await killedAfter(path, 40 * round);
      const database = new DatabaseSync(path);
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      const [{ newest, mark } = { newest: 0, mark: 0 }] = database
        .prepare(
          'SELECT max(received_at) AS newest, (SELECT recorded_until FROM mark) AS mark FROM books',
        )
        .all();
      expect(Number(mark)).toBeGreaterThanOrEqual(Number(newest));
      expect(holes(database)).toEqual([]);
      const gaps = database.prepare("SELECT from_at FROM gaps WHERE reason = 'stopped'").all();
      expect(gaps).toHaveLength(round);
      database.close();
    }
  });

  /** Ends a thread without a word, `ms` after its first rows. */
  async function killedAfter(path: string, ms: number): Promise<void> {
    const workerData: FeedSetup = {
      ...{ role: 'feed', path, url: venue.feedUrl, symbols: ['BTCTRY'], silentMs: 15_000 },
    };
    const thread = new Worker(FEED_WORKER, { workerData });
    await new Promise<void>((written) => {
      thread.on('message', (message: FeedMessage) => {
        if (message.kind === 'report' && message.tally.rows.books > 0) written();
      });
    });
    await new Promise((wait) => setTimeout(wait, ms));
    await thread.terminate();
  }
});

describe('the executor', () => {
  it('trades on while its feed has an address where nobody is, and says so', async () => {
    const object = anExecutor('live', { venue: { feedUrl: await nobodysUrl() } });
    const rig = await startExecutor({ object });
    expect((await rig.place()).status).toBe(201);
    const failed = async () =>
      (await rig.metric('spark_feed_connects_total{outcome="failed"}')) ?? 0;
    await rig.until(({ feed }) => /^connecting: .*ECONNREFUSED.* old$/.test(feed ?? ''));
    expect(await failed()).toBeGreaterThan(0);
    expect(await rig.metric('spark_feed_age_seconds')).toBeGreaterThan(0);
    expect((await rig.place()).status).toBe(201);
    await rig.stop();
  });

  it('records the whitelist of its object, and each change of it', async () => {
    const object = anExecutor('live', { whitelist: ['BTCTRY'], venue: { feedUrl: venue.feedUrl } });
    const rig = await startExecutor({ object, simulator: venue });
    await rig.until(({ feed }) => feed?.startsWith('open: 1 of 1 books live') === true);
    const { object: current } = rig.cluster;
    if (current === undefined) throw new Error('the object is gone');
    rig.cluster.put({ ...current, spec: { ...current.spec, whitelist: ['BTCTRY', 'ETHTRY'] } });
    await rig.until(({ feed }) => feed?.startsWith('open: 2 of 2 books live') === true);
    expect(await rig.metric('spark_feed_db_duration_seconds_count')).toBeGreaterThan(0);
    await rig.stop();
  });
});

describe('one bundle', () => {
  it('is the program and the thread of its feed', async () => {
    const entry = fileURLToPath(new URL('../../executor/main.ts', import.meta.url));
    const outfile = join(folder, 'main.mjs');
    const js =
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    await build({
      ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' },
      ...{ target: 'node24', banner: { js }, logLevel: 'silent' },
    });
    const worker = new URL(`file://${outfile}`);
    const rig = new FeedRig({ url: venue.feedUrl, folder: join(folder, 'missing'), worker });
    await rig.until(({ phase }) => phase === 'broken');
    expect(rig.feed.words()).toContain('unable to open database file');
    mkdirSync(rig.folder);
    await rig.untilLive();
    await rig.remove();
  });
});

/** A port that was free a moment ago. */
async function nobodysUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `ws://127.0.0.1:${port}/`;
}

/** Differences that do not follow on what is before them. */
function holes(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare('SELECT id, form, sequence FROM books ORDER BY id')
    .all()
    .filter((row, index, rows) => {
      const before = rows[index - 1];
      return row.form === 'difference' && Number(before?.sequence) + 1 !== row.sequence;
    });
}
