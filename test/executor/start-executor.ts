import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { type Clock, systemClock } from '../../crds/clock.ts';
import type { ControlReport } from '../../crds/control.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { Executor } from '../../executor/executor.ts';
import type { LeaseTerms } from '../../executor/gate/credential-lease.ts';
import { executorLog } from '../../executor/log.ts';
import { inCluster } from '../../executor/surroundings.ts';
import type { Tempo } from '../../executor/venues/market.ts';
import {
  type Btcturk,
  type BtcturkOptions,
  startBtcturk,
  testKey,
} from '../venue/btcturk/simulator.ts';
import { anExecutor, NAME, NAMESPACE, OPERATOR, TRADER, withStatus } from './an-executor.ts';
import { FakeCluster } from './fake-cluster.ts';

export interface StartOptions {
  readonly object?: TradingExecutor | null;
  readonly venue?: BtcturkOptions;
  readonly clock?: Clock;
  /** Credentials on disk; null for none. */
  readonly credentials?: { readonly publicKey: string; readonly privateKey: string } | null;
  /** Wait until new orders may leave. */
  readonly untilOpen?: boolean;
  /** A data folder of an executor that ran before. */
  readonly data?: string;
  readonly simulator?: Btcturk;
  readonly cluster?: FakeCluster;
  /** Free part of the data volume; plenty unless told otherwise. */
  readonly diskFree?: () => number;
  /** The Lease to hold; none unless said. */
  readonly lease?: LeaseTerms;
  /** How soon an open breaker of the venue tries again. */
  readonly tempo?: Tempo;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as they come
  readonly body: any;
}

/** A whole executor in this process: real HTTP, real journal, real simulator, fake API server. */
export class Rig {
  readonly executor: Executor;
  readonly cluster: FakeCluster;
  readonly venue: Btcturk;
  readonly folder: string;
  readonly logs: string[];
  readonly ports: { readonly httpsPort: number; readonly probesPort: number };
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } });
  #token: string;

  constructor(
    parts: Pick<Rig, 'executor' | 'cluster' | 'venue' | 'folder' | 'logs' | 'ports'> & {
      token: string;
    },
  ) {
    this.executor = parts.executor;
    this.cluster = parts.cluster;
    this.venue = parts.venue;
    this.folder = parts.folder;
    this.logs = parts.logs;
    this.ports = parts.ports;
    this.#token = parts.token;
  }

  get token(): string {
    return this.#token;
  }

  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    options: { body?: unknown; token?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const token = options.token === undefined ? this.#token : options.token;
    const response = await request(`https://127.0.0.1:${this.ports.httpsPort}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.body.text();
    const isLines = response.headers['content-type'] === 'application/x-ndjson';
    const lines = isLines ? text.split('\n').filter((line) => line !== '') : [];
    const body = isLines ? lines.map((line) => JSON.parse(line)) : text && JSON.parse(text);
    return { status: response.statusCode, headers: response.headers, body };
  }

  /** Places; each call is another order unless a key is given. */
  place(order: Record<string, unknown> = {}, key = `order-${randomUUID()}`): Promise<Answer> {
    return this.call('POST', '/place', {
      body: { ...restingBuy, ...order },
      headers: { 'idempotency-key': key },
    });
  }

  async control(): Promise<ControlReport> {
    return (await this.call('GET', '/control')).body;
  }

  async metric(series: string): Promise<number | undefined> {
    const text = await this.executor.metrics();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  async probe(path: string): Promise<number> {
    const response = await request(`http://127.0.0.1:${this.ports.probesPort}${path}`);
    await response.body.dump();
    return response.statusCode;
  }

  /** Polls /control; for states without an event of their own. */
  async until(
    holds: (report: ControlReport) => boolean,
    timeoutMs = 5_000,
  ): Promise<ControlReport> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const report = await this.control();
      if (holds(report)) return report;
      if (performance.now() > deadline) {
        throw new Error(`not reached; the last report was ${JSON.stringify(report)}`);
      }
      await new Promise((next) => setTimeout(next, 10));
    }
  }

  /** Stops the executor alone; its folder, venue and cluster go on. */
  async stopExecutor(): Promise<void> {
    await this.executor.stop();
    await this.#agent.destroy();
  }

  /** What kills it is lifted first: a killed one would wait until it is flat. */
  async stop(): Promise<void> {
    const { object } = this.cluster;
    if (object !== undefined) {
      const { spec } = object;
      this.cluster.put(withStatus({ ...object, spec: { ...spec, killSwitch: false } }, null));
    }
    await this.stopExecutor();
    await this.cluster.stop();
    await this.venue.stop().catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Far enough below the market to rest, worth about 100 TRY. */
export const restingBuy = {
  symbol: 'BTCTRY',
  side: 'buy',
  type: 'limit',
  quantity: '0.0001',
  price: '1000000',
} as const;

export async function startExecutor(options: StartOptions = {}): Promise<Rig> {
  const venue = options.simulator ?? (await startBtcturk(options.venue));
  const cluster = options.cluster ?? (await FakeCluster.start());
  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'executor-'));
  const credentials = join(folder, 'credentials');
  if (options.credentials !== null) writeCredentials(credentials, options.credentials ?? testKey);
  if (options.object !== null && options.cluster === undefined) {
    const { spec, ...rest } = options.object ?? anExecutor();
    cluster.put({ ...rest, spec: { ...spec, venue: { ...spec.venue, baseUrl: venue.url } } });
  }
  const logs: string[] = [];
  const key = { namespace: NAMESPACE, name: NAME };
  const pod = `${NAME}-executor-0`;
  const clock = options.clock ?? systemClock;
  const log = executorLog({}, { write: (line) => void logs.push(line) });
  log.level = 'trace';
  const executor = new Executor({
    ...{ key, pod, clock, log },
    version: { tag: 'v1.2-test', commit: 'abc', builtAt: '2026-01-01T00:00:00Z' },
    surroundings: inCluster({
      ...{ key, clock, log, operator: OPERATOR, random: Math.random },
      connection: cluster.connect(),
      ...{ pod, newId: randomUUID, lease: options.lease ?? 'none' },
    }),
    random: Math.random,
    newId: randomUUID,
    paths: { data: join(folder, 'data'), credentials, storeUrl: join(folder, 'store-url') },
    freeRatio: async () => options.diskFree?.() ?? 0.5,
    listen: { host: '127.0.0.1', https: 0, probes: 0 },
    journalWorker: new URL('../../executor/main.ts', import.meta.url),
    feedWorker: new URL('../../executor/feed/feed-worker.ts', import.meta.url),
    ...(options.tempo === undefined ? {} : { tempo: options.tempo }),
    crash: (fault) => {
      throw fault;
    },
  });
  const ports = await executor.start();
  // Valid whatever the executor's wall clock says.
  const token = await cluster.token(TRADER, { expires: '10y' });
  const rig = new Rig({ executor, cluster, venue, folder, logs, ports, token });
  if (options.untilOpen !== false && options.object !== null) {
    await rig.until((report) => report.gate === 'open' || report.effective?.open === false);
    await rig.until(() => rig.executor.isMarketKnown);
  }
  return rig;
}

export function writeCredentials(
  folder: string,
  { publicKey, privateKey }: { readonly publicKey: string; readonly privateKey: string },
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'publicKey'), publicKey);
  writeFileSync(join(folder, 'privateKey'), `${privateKey}\n`);
}
