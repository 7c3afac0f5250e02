import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlReport } from '../../crds/control.ts';
import { Caller, type Placed, until } from '../bench/caller.ts';
import { Child } from '../bench/child.ts';
import { anExecutor, TRADER } from '../executor/an-executor.ts';
import { FakeCluster } from '../executor/fake-cluster.ts';
import { writeCredentials } from '../executor/start-executor.ts';
import { cached } from '../toolchain/cache.ts';
import { testKey } from '../venue/btcturk/simulator.ts';
import { DATABASE_POINTS, FILE_POINTS, type Point } from './blow.ts';
import { type Traces, tracesInDatabase, tracesInFile } from './traces.ts';

const POLL_MS = 15;
const OPEN_WITHIN_MS = 60_000;
const resting = {
  symbol: 'BTCTRY',
  side: 'buy',
  type: 'limit',
  quantity: '0.0001',
  price: '1000000',
} as const;
const PROCESS = new URL('../bench/executor-process.ts', import.meta.url);

/** One executor that is killed and started again on the same volume, as a StatefulSet does. */
export class Victim {
  readonly folder: string;
  /** Address of the database its journal is in; undefined for a file. */
  readonly database: string | undefined;
  readonly #cluster: FakeCluster;
  readonly #token: string;
  #child: Child | undefined;
  #caller: Caller | undefined;

  private constructor(
    parts: Pick<Victim, 'folder' | 'database'> & { cluster: FakeCluster; token: string },
  ) {
    this.folder = parts.folder;
    this.database = parts.database;
    this.#cluster = parts.cluster;
    this.#token = parts.token;
  }

  static async make(venueUrl: string, database?: string): Promise<Victim> {
    const under = cached('crash');
    mkdirSync(under, { recursive: true });
    const folder = mkdtempSync(join(under, 'run-'));
    writeCredentials(join(folder, 'credentials'), testKey);
    if (database !== undefined) writeFileSync(join(folder, 'store-url'), database);
    const cluster = await FakeCluster.start();
    cluster.put(
      anExecutor('live', {
        limits: { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000 },
        venue: { baseUrl: venueUrl },
        ...(database === undefined
          ? {}
          : { store: { type: 'postgres', secretRef: { name: 'journal' } } }),
      }),
    );
    const token = await cluster.token(TRADER, { expires: '12h' });
    return new Victim({ folder, database, cluster, token });
  }

  /** Where it is worth killing it. */
  get points(): readonly Point[] {
    return this.database === undefined ? FILE_POINTS : DATABASE_POINTS;
  }

  /** What its journal says, once it is dead. */
  async traces(): Promise<Traces> {
    return this.database === undefined
      ? tracesInFile(join(this.folder, 'data'))
      : tracesInDatabase(this.database);
  }

  get pid(): number {
    return this.#running().pid;
  }

  get url(): string {
    return this.#running().url;
  }

  /** An order far below the market: it rests, so that ledger and openOrders keep telling of it. */
  place(key?: string): Promise<Placed> {
    return this.caller.place(resting, key);
  }

  get caller(): Caller {
    if (this.#caller === undefined) throw new Error('the executor does not run');
    return this.#caller;
  }

  get gone(): Promise<void> {
    return this.#running().gone;
  }

  /** Resolves when an order could leave. */
  async start(): Promise<void> {
    const setup = { folder: this.folder, clusterOrigin: this.#cluster.connect().origin };
    this.#child = await Child.start(PROCESS, { setup });
    this.#caller = new Caller(this.#child.url, this.#token);
    const dry = { ...resting, dryRun: true };
    await this.#eventually(async () => (await this.caller.place(dry)).status === 200);
  }

  /** Frees what is held of a process that is gone. */
  async buried(): Promise<void> {
    await this.gone;
    await this.#caller?.close();
  }

  async control(): Promise<ControlReport> {
    return (await this.caller.call('GET', '/control')).body as ControlReport;
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
    await this.#caller?.close();
    await this.#cluster.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #running(): Child {
    if (this.#child === undefined) throw new Error('the executor does not run');
    return this.#child;
  }

  async #eventually(holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + OPEN_WITHIN_MS;
    while (!(await holds())) {
      if (performance.now() > deadline) {
        throw new Error(`no order could leave: ${JSON.stringify(await this.control())}`);
      }
      await until(performance.now() + POLL_MS);
    }
  }
}
