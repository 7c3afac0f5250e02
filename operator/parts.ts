import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../crds/clock.ts';
import type { KubeConnection } from '../crds/kube/connection.ts';
import { counted } from '../crds/kube/counted.ts';
import { type ExecutorKey, textOf } from '../crds/names.ts';
import { Cluster } from './cluster.ts';
import type { Config } from './config.ts';
import { releases } from './deletion/released.ts';
import { EventRecorder } from './events.ts';
import { alertKeeper } from './evidence/alert-keeper.ts';
import { evidenceServer } from './evidence/client.ts';
import type { EvidenceAddress } from './evidence/post.ts';
import { UngatedOutbox } from './evidence/ungated-outbox.ts';
import { Fence } from './fence.ts';
import { ControlClient } from './kill/ask.ts';
import { Confirm } from './kill/confirm.ts';
import { killNumbers } from './kill/numbers.ts';
import { reports } from './kill/reports.ts';
import { logSaver } from './kill/save-log.ts';
import { TokenFile } from './kill/token-file.ts';
import { LeaderElection } from './lease.ts';
import { type OperatorMetrics, operatorMetrics } from './metrics.ts';
import { probeServer } from './probes.ts';
import { RETRIES, TokenBucket } from './queue/token-bucket.ts';
import { WorkQueue } from './queue/work-queue.ts';
import { expected, rollouts } from './reconcile/counted.ts';
import { failures } from './reconcile/failures.ts';
import { LeaseSight } from './reconcile/lease-sight.ts';
import { News } from './reconcile/news.ts';
import { numbersGate } from './reconcile/numbers-gate.ts';
import type { Shell } from './reconcile/reconcile.ts';
import { SloVerdicts } from './reconcile/slo-verdicts.ts';
import { Urgency } from './reconcile/urgency.ts';
import { VenueBudgets } from './reconcile/venue-budget.ts';
import { World } from './reconcile/world.ts';
import { AlertingHealth } from './rollback/alerting-health.ts';
import { rollbackCluster } from './rollback/cluster.ts';
import { rollbackMetrics } from './rollback/metrics.ts';
import { type Rollback, startRollback } from './rollback/rollback.ts';

export interface OperatorOptions {
  readonly config: Config;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  /** Unique per process: two processes with one identity would share the lease. */
  readonly identity: string;
  readonly log: Logger;
}

export interface Parts {
  readonly fence: Fence;
  readonly world: World;
  readonly news: News;
  readonly queue: WorkQueue;
  readonly cluster: Cluster;
  readonly health: AlertingHealth;
  readonly token: TokenFile;
  /** Where the evidence server is, when there is one. */
  readonly evidence: EvidenceAddress | undefined;
  readonly outbox: UngatedOutbox;
  readonly control: ControlClient;
  readonly confirm: Confirm;
  readonly election: LeaderElection;
  readonly rollback: Rollback;
  readonly metrics: OperatorMetrics;
  readonly probes: Server;
  readonly slos: SloVerdicts;
  readonly shell: Shell;
  readonly state: { ready: boolean };
}

const LEASE = 'trading-executor-operator';

/** All parts of one process, wired together; only the rollback has begun to work. */
export function assemble(given: OperatorOptions): Parts {
  const { config, clock, random } = given;
  const fence = new Fence(() => election.isLeader);
  const state = { ready: false };
  const health = new AlertingHealth(clock);
  const metrics = operatorMetrics({
    elapsed: () => clock.elapsed(),
    isLeader: () => election.isLeader,
    watches: () => world.stats(),
    expected: () => expected(world),
    rollouts: () => rollouts(world),
    queue: () => queue,
    kills: () => killNumbers(world.executors()),
  });
  const connection = counted(given.connection, metrics.requests);
  const options = { ...given, connection };
  const bucket = new TokenBucket(RETRIES);
  const queue: WorkQueue = new WorkQueue({ clock, random, bucket, observer: metrics.queue });
  const cluster = new Cluster({ connection, fence, observer: metrics.calls });
  const token = new TokenFile(config.executorTokenFile, clock);
  const control = new ControlClient(token);
  const onFacts = (key: ExecutorKey) => queue.add(textOf(key), 'first');
  const confirm = new Confirm({ ask: control.ask, clock, random, onFacts });
  const budgets = new VenueBudgets();
  const news = new News();
  const world: World = worldOf(options, { queue, budgets, news, rollback: () => rollback });
  const election: LeaderElection = electionOf(options);
  const evidence = evidenceAddress(options, token);
  const folder = join(config.evidenceDir, 'ungated');
  const outbox = new UngatedOutbox({ folder, to: evidence, clock, log: options.log });
  const shared = { fence, state, health, metrics, queue, cluster, token, control, confirm, world };
  const core = { ...shared, evidence, outbox };
  const rollback: Rollback = rollbackOf(options, { ...core, election });
  const probes = probeServer(config.metrics === 'open' ? metrics.registry : undefined, {
    alive: () => undefined,
    ready: () => (state.ready ? undefined : 'the watches have not synced yet'),
  });
  const slos = new SloVerdicts({
    ...{ prometheusUrl: config.prometheusUrl, budgets: config.sloBudgets, clock },
    changed: (key) => queue.add(textOf(key)),
    failed: (err) => options.log.warn({ err }, 'Prometheus does not say whether SLOs are met'),
  });
  const shell = shellOf(options, { ...core, budgets, slos });
  return { ...core, news, election, rollback, probes, slos, shell };
}

const warner =
  (log: Logger) =>
  (message: string, details: object): void =>
    log.warn(details, message);

interface Told {
  readonly queue: WorkQueue;
  readonly budgets: VenueBudgets;
  readonly news: News;
  readonly rollback: () => Rollback;
}

/** The watches: what changes is queued, and told to the rollback in the same turn. */
function worldOf(
  { config, connection, clock, random, log }: OperatorOptions,
  { queue, budgets, news, rollback }: Told,
): World {
  const urgency = new Urgency();
  return new World({
    ...{ connection, clock, random, namespaces: config.namespaces, log: warner(log) },
    onExecutor(key, object) {
      if (object === undefined) rollback().onExecutorGone(key);
      else rollback().onExecutor(object);
      queue.add(textOf(key), urgency.of(key, object) ? 'first' : 'in-turn');
      for (const other of budgets.saw(key, object)) queue.add(textOf(other));
      news.executor(key, object);
    },
    onChild: (key) => queue.add(textOf(key)),
    onIncident(incident, gone) {
      if (gone) rollback().onIncidentGone(incident);
      else rollback().onIncident(incident);
      news.incident(incident, gone);
    },
  });
}

function electionOf(options: OperatorOptions): LeaderElection {
  const { config, connection, clock, random, identity, log } = options;
  return new LeaderElection({
    ...{ connection, clock, random, identity, log: warner(log) },
    namespace: config.leaseNamespace,
    name: LEASE,
  });
}

type RollbackParts = Pick<
  Parts,
  'world' | 'control' | 'election' | 'health' | 'metrics' | 'evidence'
>;

function rollbackOf(options: OperatorOptions, parts: RollbackParts): Rollback {
  const { config, connection, clock, random, log } = options;
  const { world, control, election, health, metrics, evidence } = parts;
  const cluster = rollbackCluster(connection);
  return startRollback({
    ...{ clock, random, log, health, cluster },
    metrics: rollbackMetrics(metrics.registry),
    alertmanagerUrl: config.alertmanagerUrl,
    prometheusUrl: config.prometheusUrl,
    ...evidenceOf(options, evidence),
    isLeader: () => election.isLeader,
    control: reports(world, control),
    slo: config.settings.slo,
    webhookTokenFile: config.webhookTokenFile,
    namespaces: config.namespaces,
  });
}

type ShellParts = Pick<Parts, 'world' | 'cluster' | 'confirm' | 'health' | 'metrics' | 'outbox'> & {
  readonly budgets: VenueBudgets;
  readonly slos: SloVerdicts;
};

function shellOf({ config, clock, log }: OperatorOptions, parts: ShellParts): Shell {
  const { world, cluster, confirm, health, metrics, budgets, slos, outbox } = parts;
  const events = new EventRecorder(cluster, clock, (err) => {
    metrics.eventLost();
    log.warn({ err }, 'an Event could not be written');
  });
  return {
    ...{ world, cluster, confirm, clock, settings: config.settings },
    leases: new LeaseSight(cluster),
    searched: new Set(),
    failed: failures(metrics.registry, warner(log)),
    alerting: () => health.verdict(),
    slos: (key) => slos.of(key),
    budget: (key) => budgets.of(key),
    tell: (seen, said) => events.tell(seen.executor, said),
    saveLog: logSaver({
      ...{ cluster, outbox, clock },
      failed: (err) => log.warn({ err }, 'the log of an ungated pod could not be saved'),
    }),
    mayWriteNumbers: numbersGate(clock),
    podDeleted: metrics.podDeleted,
    released: releases(metrics.registry, log),
  };
}

/** undefined: there is no evidence server. */
function evidenceAddress({ config }: OperatorOptions, token: TokenFile) {
  const { evidenceUrl: url, evidenceCaFile: caFile } = config;
  return url === undefined ? undefined : { url, caFile, executorToken: () => token.token() };
}

function evidenceOf(options: OperatorOptions, to: EvidenceAddress | undefined) {
  const { config, clock, log } = options;
  if (to === undefined) return {};
  const { podName } = config;
  const [namespace = ''] = config.settings.operatorServiceAccount.split('/');
  const self = podName === undefined ? undefined : { namespace, name: podName };
  return {
    evidence: evidenceServer({ ...to, self, clock, log }),
    keepAlerts: alertKeeper({ to, clock, log }),
  };
}
