import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import type { RollbackCluster } from './cluster.ts';
import { isMarked, MARK, marked } from './incident.ts';
import { ownRollback } from './latch.ts';
import type { RollbackMetrics } from './metrics.ts';

export interface PackRequest {
  readonly incident: TradingIncident;
  /** Absent after a restart of the operator in between. */
  readonly before: TradingExecutor | undefined;
}

export interface CollectedPack {
  /** Where people find it; goes into both statuses. */
  readonly link: string;
  /** Files that could not be had, each with why. */
  readonly missing: readonly string[];
}

export interface EvidencePort {
  /** Ends early, by throwing, when `signal` aborts; asking again for the same incident is harmless. */
  collect(request: PackRequest, signal: AbortSignal): Promise<CollectedPack>;
}

export interface DeskDeps {
  readonly cluster: RollbackCluster;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RollbackMetrics;
  readonly evidence?: EvidencePort;
}

/** How often the link is written when others write at the same time. */
const ATTEMPTS_MAX = 8;

const idOf = ({ metadata: { namespace, name } }: TradingIncident): string => `${namespace}/${name}`;

/**
 * Has evidence collected beside the rollback, never in its way: a pack takes seconds, a full disk
 * fails it, and neither holds a latch or an acknowledgement up.
 */
export class EvidenceDesk {
  readonly #deps: DeskDeps;
  readonly #befores = new Map<string, TradingExecutor>();
  readonly #packs = new Map<string, Promise<CollectedPack>>();
  readonly #collecting = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  remember(incident: string, before: TradingExecutor): void {
    this.#befores.set(`${before.metadata.namespace}/${incident}`, before);
  }

  /** The record is there, the latch is not yet: what is about to change can still be read. */
  opened(incident: TradingIncident): void {
    if (this.#deps.evidence !== undefined) void this.#pack(this.#deps.evidence, incident);
  }

  /** Starts what is missing for the incident that holds this executor's latch. */
  look(executor: TradingExecutor, incidents: readonly TradingIncident[]): void {
    const rollback = ownRollback(executor);
    const held = incidents.find((one) => one.metadata.name === rollback?.incident);
    if (rollback?.latched !== true || held === undefined) return;
    const id = idOf(held);
    if (this.#collecting.has(id)) return;
    const link = held.status?.evidence;
    if (!isMarked(held, MARK.evidence)) this.#run(id, this.#collect(held));
    // written to the incident, and then a crash
    else if (link !== undefined && rollback.evidence !== link) this.#run(id, this.#repair(held));
  }

  /** Leaves what is being collected to the next leader: the evidence server goes on meanwhile. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the operator is stopping'));
    await Promise.all(this.#collecting.values());
  }

  #run(id: string, task: Promise<void>): void {
    const run = task.finally(() => {
      this.#befores.delete(id);
      this.#packs.delete(id);
      this.#collecting.delete(id);
    });
    this.#collecting.set(id, run);
  }

  #pack(evidence: EvidencePort, incident: TradingIncident): Promise<CollectedPack> {
    const id = idOf(incident);
    const known = this.#packs.get(id);
    if (known !== undefined) return known;
    const before = this.#befores.get(id);
    const run = evidence.collect({ incident, before }, this.#stopping.signal);
    run.catch(() => undefined); // whoever records it hears of it
    this.#packs.set(id, run);
    return run;
  }

  async #repair(incident: TradingIncident): Promise<void> {
    const { log } = this.#deps;
    await this.#link(incident, incident.status?.evidence ?? '').catch((err) =>
      log.warn({ incident: incident.metadata.name, err }, 'the evidence could not be linked'),
    );
  }

  async #collect(incident: TradingIncident): Promise<void> {
    const { evidence, log, metrics } = this.#deps;
    const about = { incident: incident.metadata.name };
    try {
      if (evidence === undefined) {
        await this.#record(incident, 'none is collected: no evidence server is configured');
        return;
      }
      const { link, missing } = await this.#pack(evidence, incident);
      metrics.evidence(missing.length === 0 ? 'complete' : 'partial');
      const words =
        missing.length === 0 ? `pack at ${link}` : `pack at ${link}, without ${missing.join(', ')}`;
      await this.#record(incident, words, link);
      log.info({ ...about, link, missing }, 'evidence collected');
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      metrics.evidence('failed');
      log.error({ ...about, err: error }, 'evidence could not be collected; the latch holds');
      await this.#record(incident, `could not be collected: ${String(error)}`).catch((cause) =>
        log.error({ ...about, err: cause }, 'nor could that be written to the incident'),
      );
    }
  }

  async #record(incident: TradingIncident, words: string, link?: string): Promise<void> {
    const { cluster, clock } = this.#deps;
    const { namespace, name } = incident.metadata;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const fresh = await cluster.incident({ namespace, name });
      if (fresh === undefined) break;
      const status = marked(fresh.status, MARK.evidence, words, clock.wall());
      const evidence = link === undefined ? {} : { evidence: link };
      if ((await cluster.writeIncidentStatus(fresh, { ...status, ...evidence })) === 'written')
        break;
    }
    if (link !== undefined) await this.#link(incident, link);
  }

  async #link(incident: TradingIncident, evidence: string): Promise<void> {
    const { cluster } = this.#deps;
    const key = { namespace: incident.metadata.namespace, name: incident.spec.executor.name };
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const executor = await cluster.executor(key);
      const rollback = executor && ownRollback(executor);
      // Acknowledged or recreated in the meantime: the incident keeps the link.
      if (executor === undefined || rollback?.incident !== incident.metadata.name) return;
      const written = await cluster.writeRollback(executor, {
        rollback: { ...rollback, evidence },
      });
      if (written === 'written') return;
    }
  }
}
