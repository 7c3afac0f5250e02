import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../../crds/clock.ts';
import type { ControlReport } from '../../crds/control.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import type { LatencySlo } from '../slo.ts';
import { refuseAcknowledgement } from './acknowledge.ts';
import type { AlertingHealth } from './alerting-health.ts';
import { ClusterRefused, type RollbackCluster } from './cluster.ts';
import { type Confirm, confirmAt } from './confirm.ts';
import { EvidenceDesk, type EvidencePort } from './evidence-desk.ts';
import { intakeRoute } from './intake.ts';
import { ownRollback } from './latch.ts';
import { leading } from './leading.ts';
import type { RollbackMetrics } from './metrics.ts';
import { type Performing, perform } from './perform.ts';
import { AlertPoll } from './poll.ts';
import { type Recovery, recovery } from './recovery.ts';
import { mistakenAcknowledgement, type Seen, type Step, step, wantsProof } from './step.ts';
import type { TakeInDeps } from './take-in.ts';
import { recordAgain } from './unrecorded.ts';

export interface RollbackDeps {
  readonly cluster: RollbackCluster;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: RollbackMetrics;
  readonly health: AlertingHealth;
  /** Only the leader acts; every replica takes alerts in. */
  readonly isLeader: () => boolean;
  /** Answers of GET /control of the executor's pods, of those that answer within a second. */
  readonly control: (key: ExecutorKey) => Promise<readonly ControlReport[]>;
  readonly slo: LatencySlo;
  readonly webhookTokenFile: string;
  /** Those this operator may read; undefined: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Absent: only webhooks tell what fires. */
  readonly alertmanagerUrl?: string | undefined;
  /** Absent: the start that an alert claims is believed. */
  readonly prometheusUrl?: string | undefined;
  readonly keepAlerts?: TakeInDeps['keepAlerts'];
  /** Absent: no evidence is collected, and the incident says so. */
  readonly evidence?: EvidencePort;
}

export interface Rollback {
  /** Registers POST /alertmanager. */
  intake(app: FastifyInstance): void;
  /** Cheap: from the watches of both kinds, on every replica. */
  onExecutor(executor: TradingExecutor): void;
  onExecutorGone(key: ExecutorKey): void;
  onIncident(incident: TradingIncident): void;
  onIncidentGone(incident: TradingIncident): void;
  /** This replica became the leader: everything is looked at. */
  lead(): void;
  stop(): Promise<void>;
}

const CONCURRENCY = 8;
/** A rollback takes seven steps; more in one go means two writers undo each other. */
const STEPS_MAX = 24;
/** A timer is not trusted for longer: the wall clock may jump while it runs. */
const WAIT_MS_MAX = 30_000;
/** Short at its longest: what is retried may be a latch. */
const RETRY = { firstMs: 50, maxMs: 5_000 };
/** A record that was refused is not taken at once. */
const REFUSED_MS = 30_000;
/** After STEPS_MAX lost races. */
const BREATHE_MS = 500;

/**
 * SPINE: alert → (durable) → decide → incident → latch → spec once → Event → evidence. What is next
 * is derived from the objects each time (step.ts), done under what was read (perform.ts), and looked
 * at again: a crash between any two steps, a second leader or a lost watch event repeats nothing.
 */
export function startRollback(deps: RollbackDeps): Rollback {
  return new Rollbacks(deps);
}

const idOf = ({ metadata: { namespace, name } }: { metadata: ExecutorKey }): string =>
  `${namespace}/${name}`;

type Working = RollbackDeps & Performing;

class Rollbacks implements Rollback {
  readonly #deps: RollbackDeps;
  readonly #working: Working;
  readonly #executors = new Map<string, TradingExecutor>();
  readonly #incidents = new Map<string, TradingIncident>();
  readonly #desk: EvidenceDesk;
  readonly #queue: WorkQueue;
  readonly #poll: AlertPoll | undefined;
  readonly #confirm: Confirm | undefined;
  readonly #running: Promise<void>;

  constructor(deps: RollbackDeps) {
    this.#deps = deps;
    const acting = { ...deps, cluster: leading(deps.cluster, deps.isLeader) };
    this.#desk = new EvidenceDesk(acting);
    this.#working = {
      ...acting,
      announce: announcer(acting),
      remember: (...it) => this.#desk.remember(...it),
      opened: (incident) => this.#desk.opened(incident),
      unrecorded: new Map(),
    };
    const { clock, random, alertmanagerUrl: url, prometheusUrl } = deps;
    this.#queue = new WorkQueue({ clock, random, policy: RETRY });
    const confirm = prometheusUrl === undefined ? undefined : confirmAt(prometheusUrl, clock);
    this.#confirm = confirm;
    const executors = () => this.#executors.values();
    this.#poll =
      url === undefined
        ? undefined
        : new AlertPoll({ ...acting, url, executors, recovery: ask(deps), confirm });
    this.#poll?.start();
    this.#running = this.#queue.run(CONCURRENCY, (key) => this.#work(key));
  }

  intake(app: FastifyInstance): void {
    intakeRoute(app, {
      ...this.#deps,
      tokenFile: this.#deps.webhookTokenFile,
      recovery: ask(this.#deps),
      confirm: this.#confirm,
      pollNow: () => this.#poll?.pollNow(),
    });
  }

  onExecutor(executor: TradingExecutor): void {
    this.#executors.set(idOf(executor), executor);
    this.#queue.add(idOf(executor));
  }

  onExecutorGone({ namespace, name }: ExecutorKey): void {
    this.#executors.delete(`${namespace}/${name}`);
  }

  onIncident(incident: TradingIncident): void {
    this.#incidents.set(idOf(incident), incident);
    this.#queue.add(`${incident.metadata.namespace}/${incident.spec.executor.name}`);
  }

  onIncidentGone(incident: TradingIncident): void {
    this.#incidents.delete(idOf(incident));
    this.#queue.add(`${incident.metadata.namespace}/${incident.spec.executor.name}`);
  }

  lead(): void {
    this.#deps.health.led();
    for (const key of this.#executors.keys()) this.#queue.add(key);
    this.#poll?.pollNow();
  }

  async stop(): Promise<void> {
    this.#queue.close();
    await Promise.all([this.#running, this.#desk.stop(), this.#poll?.stop()]);
  }

  async #work(key: string): Promise<void> {
    const { log, isLeader } = this.#deps;
    if (!isLeader() || this.#isQuiet(key)) return;
    try {
      const waitMs = await progress(this.#working, this.#desk, keyOf(key));
      this.#queue.forget(key);
      if (waitMs !== undefined) this.#queue.addAfter(key, waitMs);
    } catch (error) {
      log.error({ err: error, executor: key }, 'the rollback could not go on; it is tried again');
      this.#queue.retry(key, error instanceof ClusterRefused ? error.retryAfterMs : 0);
    }
  }

  /** Judged from the watched copies: most changes of an object are none of the rollback's business. */
  #isQuiet(key: string): boolean {
    const executor = this.#executors.get(key);
    if (executor === undefined) return true;
    const rollback = ownRollback(executor);
    if (rollback === undefined || rollback.latched || rollback.pending.length > 0) return false;
    const { namespace } = executor.metadata;
    const all = [...this.#incidents.values()];
    const incidents = all.filter((one) => one.metadata.namespace === namespace);
    return step({ executor, incidents, now: this.#deps.clock.wall() }).kind === 'nothing';
  }
}

/** Step after step until there is nothing to do now. Returns when to look again, in milliseconds. */
async function progress(
  deps: Working,
  desk: EvidenceDesk,
  key: ExecutorKey,
): Promise<number | undefined> {
  const { cluster, clock } = deps;
  for (let steps = 0; steps < STEPS_MAX && deps.isLeader(); steps++) {
    const executor = await cluster.executor(key);
    if (executor === undefined || executor.metadata.deletionTimestamp !== undefined) return;
    const incidents = await cluster.incidents(key.namespace);
    const proof = wantsProof(executor) ? await ask(deps)(key) : undefined;
    const seen: Seen = { executor, incidents, recovery: proof, now: clock.wall() };
    const mistaken = mistakenAcknowledgement(seen);
    if (mistaken !== undefined) {
      await refuseAcknowledgement(deps, executor, ownRollback(executor) ?? {}, mistaken);
    }
    const next = step(seen);
    if (next.kind === 'nothing' || next.kind === 'wait') {
      desk.look(executor, incidents);
      return waitMs(next, seen);
    }
    if (next.kind !== 'record') await perform(deps, next, seen);
    else if ((await recordAgain(deps, executor, next.rollback)) === 'refused') return REFUSED_MS;
  }
  return BREATHE_MS;
}

function waitMs(next: Step, { now }: Seen): number | undefined {
  return next.kind === 'wait' ? Math.min(Math.max(next.until - now, 0), WAIT_MS_MAX) : undefined;
}

const ask =
  ({ control, log, slo }: RollbackDeps) =>
  async (key: ExecutorKey): Promise<Recovery> => {
    try {
      return recovery(await control(key), slo);
    } catch (error) {
      log.warn({ err: error, ...key }, 'the executors could not be asked whether they recovered');
      return recovery([], slo);
    }
  };

const announcer =
  ({ cluster, log }: RollbackDeps): Performing['announce'] =>
  async (event) => {
    try {
      await cluster.createEvent(event);
    } catch (error) {
      log.warn({ err: error, event: event.metadata.name }, 'an Event could not be written');
    }
  };

function keyOf(text: string): ExecutorKey {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}
