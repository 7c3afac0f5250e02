import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../crds/clock.ts';
import type { BuildVersion } from '../crds/control.ts';
import type { ExecutorKey } from '../crds/names.ts';
import { controlReport } from './control.ts';
import { feedOf } from './feed/feed-of.ts';
import { Gate } from './gate/gate.ts';
import { needsLease } from './gate/lease.ts';
import type { Sender } from './gate/sender.ts';
import { isKilled, type Sight } from './gate/sight.ts';
import type { ControlSource } from './gate/source.ts';
import { auditRoutes } from './http/audit-routes.ts';
import { requireRights } from './http/authentication.ts';
import { cancelRoutes } from './http/cancels.ts';
import { controlRoutes } from './http/control.ts';
import { deskRoutes } from './http/desk-routes.ts';
import { orderRoutes } from './http/orders.ts';
import { probeRoutes } from './http/probes.ts';
import { httpServer, portOf } from './http/server.ts';
import { type DataLock, lockData } from './journal/lock.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { readings } from './readings.ts';
import { Store } from './store.ts';
import type { Surroundings } from './surroundings.ts';
import { Trading } from './trading.ts';
import { ServedIdentity } from './trust/served-identity.ts';
import { by } from './until.ts';
import { CredentialFiles } from './venues/btcturk/credentials.ts';
import type { Tempo } from './venues/market.ts';

export interface ExecutorParts {
  readonly key: ExecutorKey;
  readonly pod: string;
  readonly version: BuildVersion;
  /** The cluster, or one machine. */
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: Log;
  readonly paths: {
    readonly data: string;
    readonly credentials: string;
    /** The file that holds the address of a journal in a database. */
    readonly storeUrl: string;
  };
  /** Free ratio of a folder's volume. */
  readonly freeRatio: (folder: string) => Promise<number>;
  readonly listen: { readonly host: string; readonly https: number; readonly probes: number };
  /** The modules that the threads of journal and feed run. */
  readonly journalWorker: URL;
  readonly feedWorker: URL;
  readonly tempo?: Tempo | undefined;
  /** A broken invariant: the process has to end. */
  readonly crash: (fault: unknown) => void;
}

/** The pod is killed 30 s after it was asked to stop: until then what trades ends, then the Lease. */
const [READ_MS, DRAIN_MS, STOP_MS, LAST_ANSWERS_MS] = [10_000, 25_000, 28_000, 1_000];

/** One executor: sees its object, gates, trades, answers. Everything it needs is passed in. */
export class Executor {
  readonly gate: Gate;
  readonly #parts: ExecutorParts;
  readonly #metrics: Metrics;
  readonly #control: ControlSource;
  readonly #lock: DataLock;
  readonly #credentials: CredentialFiles;
  readonly #sender: Sender;
  readonly #startedAt;
  readonly #stopping = new AbortController();
  readonly #seen = Promise.withResolvers<void>();
  #store: Store | undefined;
  #trading: Trading | undefined;
  #begun: Trading | undefined; // from before its journal was read
  #traded: Promise<void> = Promise.resolve();
  #isDraining = false;
  #api: FastifyInstance | undefined;
  #probes: FastifyInstance | undefined;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    const { clock, paths } = parts;
    this.#startedAt = clock.wall();
    mkdirSync(paths.data, { recursive: true, mode: 0o700 });
    this.#lock = lockData(paths.data, parts.pod, this.#startedAt);
    this.#credentials = new CredentialFiles(paths.credentials, clock);
    this.#sender = parts.surroundings.sender(() =>
      needsLease({
        declared: this.gate.sight.object?.spec.mode,
        hasKey: this.#credentials.current() !== undefined,
        hasRealOrders: this.#trading?.hasRealOrders ?? false,
      }),
    );
    this.gate = new Gate({
      clock,
      holds: () => ({
        credentials: this.#credentials.current() === undefined ? 'missing' : 'present',
        lease: this.#sender.hold(),
        journalRead: this.#trading !== undefined,
        reconciled: this.#trading?.isReconciled ?? false,
        draining: this.#isDraining,
      }),
      onChange: (before, after) => this.#onSight(before, after),
    });
    this.#control = parts.surroundings.control(this.gate);
    this.#metrics = new Metrics(() =>
      readings({
        ...{ gate: this.gate, control: this.#control, sender: this.#sender },
        ...{ store: this.#store, trading: this.#trading, credentials: this.#credentials },
      }),
    );
  }

  /** Listens, watches, and trades once its object was seen. Resolves when it listens. */
  async start(): Promise<{ readonly httpsPort: number; readonly probesPort: number }> {
    const { paths, clock, log, listen, surroundings } = this.#parts;
    const { signal } = this.#stopping;
    this.#control.start();
    this.#probes = httpServer(log);
    this.#probeRoutes(this.#probes);
    await this.#probes.listen({ host: listen.host, port: listen.probes });
    const { hosts } = surroundings;
    const identity = await ServedIdentity.open({ folder: join(paths.data, 'tls'), hosts, clock });
    this.#api = httpServer(log, identity.tls);
    this.#apiRoutes(this.#api);
    await this.#api.listen({ host: listen.host, port: listen.https });
    this.#background(surroundings.publish(() => identity.tls.cert, signal));
    this.#background(identity.keep(this.#api.server, signal));
    this.#background(this.#sender.start());
    this.#traded = this.#trade();
    this.#background(this.#traded);
    const ports = { httpsPort: portOf(this.#api), probesPort: portOf(this.#probes) };
    log.info(ports, 'listening');
    return ports;
  }

  /** Stops accepting, lets what is on the wire finish, closes. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    this.#parts.log.info('draining');
    this.#trading?.bulkhead.flush();
    const { clock } = this.#parts;
    const askedAt = clock.elapsed();
    await this.#control.lastLook();
    this.#seen.resolve();
    // One whose journal cannot be read has sent nothing, and may wait for its database for ever.
    await by(clock, askedAt + READ_MS, this.#traded);
    await this.#trading?.stop(askedAt + DRAIN_MS);
    const { unknown, inFlight } = this.#trading?.book.counts() ?? { unknown: 0, inFlight: 0 };
    await this.#sender.stop(unknown + inFlight === 0, askedAt + STOP_MS - clock.elapsed());
    this.#stopping.abort(new Error('the executor is stopping'));
    // One that was just answered keeps its connection, and would be waited for.
    await by(clock, clock.elapsed() + LAST_ANSWERS_MS, Promise.resolve(this.#api?.close()));
    await this.#control.stop();
    await this.#store?.close();
    this.#lock.release();
    await this.#probes?.close();
    this.#parts.log.info('stopped');
  }

  /** Whether prices and drift have been read, so that orders can be valued and stamped. */
  get isMarketKnown(): boolean {
    return this.#trading?.market.isKnown ?? false;
  }

  async metrics(): Promise<string> {
    return this.#metrics.registry.metrics();
  }

  /** Built at the first sight of the object: it says which venue, where, and how patient. */
  async #trade(): Promise<void> {
    await this.#seen.promise;
    const spec = this.gate.sight.object?.spec;
    if (spec === undefined) return;
    const { clock, random, newId, log, paths, tempo } = this.#parts;
    const keepFor = () => this.gate.sight.object?.spec.store.keepFor ?? spec.store.keepFor;
    const store = new Store({ ...this.#parts, type: spec.store.type, keepFor });
    this.#store = store;
    const trading = new Trading({
      ...{ folder: paths.data, spec, clock, random, newId, log, gate: this.gate },
      ...{ journal: store.journal, denials: store.denials, credentials: this.#credentials },
      ...{ metrics: this.#metrics, tempo, diskFree: () => store.diskFree },
      feed: feedOf(spec, this.#parts, { gate: this.gate, metrics: this.#metrics.feed }),
    });
    this.#begun = trading;
    await trading.start();
    store.start();
    this.#trading = trading;
    if (isKilled(this.gate.sight)) trading.killed();
  }

  /** In the loop turn that brought the news. */
  #onSight(before: Sight, after: Sight): void {
    if (after.object !== null) this.#seen.resolve();
    this.#sender.wake();
    if (isKilled(after) && !isKilled(before)) this.#trading?.killed();
    if (!isKilled(after) && isKilled(before)) this.#trading?.kill.end();
    const { effective, gone } = after;
    if (effective?.mode !== before.effective?.mode) this.#trading?.modeChanged();
    const told = JSON.stringify([before.effective, before.gone]);
    if (told === JSON.stringify([effective, gone])) return;
    const gatedAt = after.gatedAt === null ? null : new Date(after.gatedAt).toISOString();
    this.#parts.log.info({ effective, gone, gatedAt }, 'the effective state has changed');
  }

  #probeRoutes(server: FastifyInstance): void {
    probeRoutes(server, {
      dead: () => this.#store?.journal.broken?.message,
      notReady: () => {
        if (this.#isDraining) return 'draining';
        const { object, gone } = this.gate.sight;
        if (object === null && !gone) return 'the TradingExecutor was not seen yet';
        return this.#trading === undefined && !gone ? 'the journal is being read' : undefined;
      },
      registry: this.#metrics.registry,
    });
  }

  #apiRoutes(server: FastifyInstance): void {
    const { clock, key, surroundings, version } = this.#parts;
    const callers = surroundings.callers(this.gate);
    requireRights(server, { callers, isSeen: () => this.gate.sight.object !== null });
    const parts = { trading: () => this.#trading, gate: this.gate };
    orderRoutes(server, parts);
    cancelRoutes(server, { ...parts, begun: () => this.#begun });
    auditRoutes(server, { ...parts, clock });
    deskRoutes(server, { ...parts, version });
    const rest = { remedy: callers.remedy, report: () => this.#report() };
    controlRoutes(server, { key, killSwitch: this.#control.killSwitch, ...rest });
  }

  #report() {
    return controlReport({
      ...{ ...this.#parts, startedAt: this.#startedAt, gate: this.gate },
      trading: this.#trading,
      fingerprint: this.#credentials.fingerprint(),
      lease: this.#sender.report(),
    });
  }

  #background(work: Promise<unknown>): void {
    work.catch((fault) => {
      if (!this.#stopping.signal.aborted) this.#parts.crash(fault);
    });
  }
}
