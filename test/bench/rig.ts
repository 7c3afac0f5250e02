import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlReport } from '../../crds/control.ts';
import type { Tempo } from '../../executor/venues/market.ts';
import { anExecutor, killed, TRADER, withStatus } from '../executor/an-executor.ts';
import { FakeCluster } from '../executor/fake-cluster.ts';
import { writeCredentials } from '../executor/start-executor.ts';
import { cached } from '../toolchain/cache.ts';
import type { KeyOptions } from '../venue/btcturk/simulator.ts';
import { Caller, until } from './caller.ts';
import { Child, type ForkOptions } from './child.ts';

export interface RigOptions extends Omit<ForkOptions, 'setup'> {
  /** Base address of the venue. */
  readonly venue: string;
  readonly key: KeyOptions;
  /** Where the data folder is made; the cache's disk unless said otherwise. */
  readonly under?: string;
  readonly limits?: Readonly<Record<string, number>>;
  /** Prepares the data folder before the executor starts. */
  /** For a venue that takes more orders a second than the real one. */
  readonly tempo?: Tempo;
  readonly seed?: (data: string) => Promise<void>;
}

const POLL_MS = 20;
const OPEN_WITHIN_MS = 30_000;

/** A real executor in a process of its own, live at the limits' maximum, with its API server played here. */
export class Rig {
  readonly child: Child;
  readonly cluster: FakeCluster;
  readonly folder: string;
  #caller: Caller;

  private constructor(parts: {
    child: Child;
    cluster: FakeCluster;
    folder: string;
    token: string;
  }) {
    this.child = parts.child;
    this.cluster = parts.cluster;
    this.folder = parts.folder;
    this.#caller = new Caller(parts.child.url, parts.token);
  }

  /** Resolves when new orders may leave. */
  static async start({
    venue,
    key,
    under,
    limits,
    seed,
    tempo,
    ...rest
  }: RigOptions): Promise<Rig> {
    const folder = newFolder(under);
    await seed?.(join(folder, 'data'));
    writeCredentials(join(folder, 'credentials'), key);
    const cluster = await FakeCluster.start();
    cluster.put(
      anExecutor('live', {
        limits: { maxOrdersPerMinute: 300, maxNotionalTryPerSecond: 1_000_000_000, ...limits },
        venue: { baseUrl: venue },
      }),
    );
    const setup = { folder, clusterOrigin: cluster.connect().origin, tempo };
    const module = new URL('./executor-process.ts', import.meta.url);
    const child = await Child.start(module, { setup, ...rest });
    const token = await cluster.token(TRADER, { expires: '3h' });
    const rig = new Rig({ child, cluster, folder, token });
    await rig.until(({ gate }) => gate === 'open');
    await rig.#untilMarketKnown();
    return rig;
  }

  get caller(): Caller {
    return this.#caller;
  }

  /** Signs tokens with a new key from now on, as a cluster does when it rotates. */
  async rotateToken(): Promise<void> {
    await this.cluster.rotateKeys();
    const old = this.#caller;
    this.#caller = new Caller(this.child.url, await this.cluster.token(TRADER, { expires: '3h' }));
    setTimeout(() => void old.close(), 10_000);
  }

  /** Wall-clock ms at which the API server accepted it. */
  kill(isKilled: boolean): number {
    const { object } = this.cluster;
    if (object === undefined) throw new Error('there is nothing to kill');
    return this.cluster.put(killed(object, isKilled));
  }

  async control(): Promise<ControlReport> {
    return (await this.#caller.call('GET', '/control')).body as ControlReport;
  }

  async until(holds: (report: ControlReport) => boolean): Promise<ControlReport> {
    const deadline = performance.now() + OPEN_WITHIN_MS;
    for (;;) {
      const report = await this.control();
      if (holds(report)) return report;
      if (performance.now() > deadline) throw new Error(`not reached: ${JSON.stringify(report)}`);
      await until(performance.now() + POLL_MS);
    }
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.child.ports.probesPort}/metrics`)).text();
  }

  /** What kills it is lifted first: a killed one would wait until it is flat. */
  async stop(): Promise<void> {
    const { object } = this.cluster;
    if (object !== undefined) {
      const { spec } = object;
      this.cluster.put(withStatus({ ...object, spec: { ...spec, killSwitch: false } }, null));
    }
    await this.child.stop();
    await this.#caller.close();
    await this.cluster.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Drift and prices are polled: the first dry run that passes every guard says they are there. */
  async #untilMarketKnown(): Promise<void> {
    const order = { symbol: 'BTCTRY', side: 'buy', type: 'limit', quantity: '0.0001' };
    const deadline = performance.now() + OPEN_WITHIN_MS;
    for (;;) {
      const placed = await this.#caller.place({ ...order, price: '1000000', dryRun: true });
      if (placed.status === 200) return;
      if (performance.now() > deadline) throw new Error(`no order passes: ${placed.code}`);
      await until(performance.now() + POLL_MS);
    }
  }
}

export function newFolder(under: string = cached('bench')): string {
  mkdirSync(under, { recursive: true });
  return mkdtempSync(join(under, 'run-'));
}
