import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../crds/clock.ts';
import type { ControlReport } from '../crds/control.ts';
import type { KubeConnection } from '../crds/kube/connection.ts';
import { type ExecutorKey, trustName } from '../crds/names.ts';
import { Cluster } from './cluster.ts';
import type { Config } from './config.ts';
import { EventRecorder } from './events.ts';
import { evidencePort } from './evidence/pack.ts';
import { evidenceRoutes } from './evidence/serve.ts';
import { Fence } from './fence.ts';
import { followKeyPair, readKeyPair } from './http/certificate.ts';
import { operatorServer } from './http/server.ts';
import { ControlClient } from './kill/ask.ts';
import { Confirm } from './kill/confirm.ts';
import { logSaver } from './kill/save-log.ts';
import { TokenFile } from './kill/token-file.ts';
import { LeaderElection } from './lease.ts';
import { type OperatorMetrics, operatorMetrics } from './metrics.ts';
import { probeServer } from './probes.ts';
import { WorkQueue } from './queue/work-queue.ts';
import { followServiceMonitors, runController, textOf } from './reconcile/controller.ts';
import type { Observed } from './reconcile/observed.ts';
import { mayRun } from './reconcile/pod.ts';
import type { Shell } from './reconcile/reconcile.ts';
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

export interface Operator {
  /** Where /livez, /readyz and /metrics are. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Why this process may not go on; resolves once, also after `stop`. */
  readonly ended: Promise<string>;
  /** Gives the lease back and ends everything in order. */
  stop(): Promise<void>;
}

const LEASE = 'trading-executor-operator';
/** Verdicts are written when they change; the badge, which follows numbers, at most this often. */
const NUMBERS_MS = 60_000;

/** Everything wired together; resolves when alerts are taken in, whether or not this process leads. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const parts = assemble(options);
  const { config, log } = options;
  const stopping = new AbortController();
  const probes = await listening(parts.probes, config.httpPort);
  await parts.world.startExecutors();
  const intake = await startIntake(options, parts.rollback, stopping.signal);
  parts.state.ready = true;
  const ended = lead(options, parts, stopping.signal);
  ended.catch((err) => log.error({ err }, 'the controller failed'));
  return {
    httpPort: probes,
    httpsPort: intake.port,
    ended,
    async stop() {
      stopping.abort(new Error('the operator is stopping'));
      parts.state.ready = false;
      parts.queue.close();
      parts.confirm.stop();
      await Promise.all([intake.close(), parts.rollback.stop(), parts.election.stop()]);
      parts.fence.drop('the operator is stopping');
      await Promise.all([parts.world.stop(), parts.control.close()]);
      parts.probes.close();
      parts.probes.closeAllConnections();
      await options.connection.close();
    },
  };
}

interface Parts {
  readonly fence: Fence;
  readonly world: World;
  readonly queue: WorkQueue;
  readonly cluster: Cluster;
  readonly control: ControlClient;
  readonly confirm: Confirm;
  readonly election: LeaderElection;
  readonly rollback: Rollback;
  readonly metrics: OperatorMetrics;
  readonly probes: Server;
  readonly shell: Shell;
  readonly state: { ready: boolean };
}

function assemble(options: OperatorOptions): Parts {
  const { config, connection, clock, random, log } = options;
  const note = (message: string, details: object) => log.warn(details, message);
  const fence = new Fence();
  const state = { ready: false };
  const health = new AlertingHealth(clock);
  const metrics = operatorMetrics({
    elapsed: () => clock.elapsed(),
    isLeader: () => election.isLeader,
    watches: () => world.stats(),
    expected: () =>
      world
        .executors()
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata: { namespace, name } }) => ({ namespace, executor: name })),
  });
  const queue = new WorkQueue({ clock, random, observer: metrics.queue });
  const cluster = new Cluster({ connection, fence, observer: metrics.calls });
  const token = new TokenFile(config.executorTokenFile, clock);
  const control = new ControlClient(token);
  const onFacts = (key: ExecutorKey) => queue.add(textOf(key));
  const confirm = new Confirm({ ask: control.ask, clock, random, onFacts });
  const world: World = new World({
    ...{ connection, clock, random, namespaces: config.namespaces, log: note },
    onExecutor(key, object) {
      if (object === undefined) rollback.onExecutorGone(key);
      else rollback.onExecutor(object);
      queue.add(textOf(key));
    },
    onChild: (key) => queue.add(textOf(key)),
    onIncident: (incident, gone) =>
      gone ? rollback.onIncidentGone(incident) : rollback.onIncident(incident),
  });
  const election = new LeaderElection({
    ...{ connection, clock, random, identity: options.identity, log: note },
    namespace: config.leaseNamespace,
    name: LEASE,
  });
  const records = rollbackCluster(connection);
  const rollback: Rollback = startRollback({
    ...{ clock, random, log, health, cluster: records },
    metrics: rollbackMetrics(metrics.registry),
    alertmanagerUrl: config.alertmanagerUrl,
    evidence: evidencePort({
      ...{ connection, clock, cluster: records, ...evidenceSettings(config) },
      executorToken: () => token.token(),
    }),
    isLeader: () => election.isLeader,
    control: reports({ world, control }),
    webhookTokenFile: config.webhookTokenFile,
  });
  const probes = probeServer(metrics.registry, {
    alive: () => undefined,
    ready: () => (state.ready ? undefined : 'the watches have not synced yet'),
  });
  const events = new EventRecorder(cluster, clock, (err) => {
    metrics.eventLost();
    log.warn({ err }, 'an Event could not be written');
  });
  const alerting = () => health.verdict();
  const shell: Shell = {
    ...{ world, cluster, confirm, clock, settings: config.settings, alerting },
    tell: (seen, said) => events.tell(seen.executor, said),
    saveLog: logSaver(cluster, config.evidenceDir, (err) =>
      log.warn({ err }, 'the log of an ungated pod could not be saved'),
    ),
    mayWriteNumbers: numbersGate(clock),
    podDeleted: metrics.podDeleted,
  };
  return {
    ...{ fence, world, queue, cluster, control, confirm, election, rollback, metrics, probes },
    ...{ shell, state },
  };
}

/** Leads once the lease is held. Resolves with why it is over: the caller then ends the process. */
async function lead(options: OperatorOptions, parts: Parts, signal: AbortSignal): Promise<string> {
  const { clock, log, identity } = options;
  const { election, world, cluster, fence, queue, shell, metrics, rollback } = parts;
  try {
    await election.acquired();
  } catch (cause) {
    if (signal.aborted) return 'stopped';
    throw cause;
  }
  log.info({ identity }, 'leading');
  const over = election.lost().then((why) => {
    fence.drop(why);
    queue.close();
    return why;
  });
  rollback.lead();
  const working = world.startChildren().then(() => {
    void followServiceMonitors(
      { world, cluster, clock, again: () => allAgain(parts) },
      signal,
    ).catch((err) => log.error({ err }, 'ServiceMonitors cannot be watched'));
    return runController({
      ...{ shell, queue, reconciled: metrics.reconciled },
      log: (message, details) => log.error(details, message),
    });
  });
  working.catch((err) => {
    if (!signal.aborted) log.error({ err }, 'the children cannot be watched');
  });
  return over;
}

function allAgain({ world, queue }: Parts): void {
  for (const { metadata } of world.executors()) queue.add(textOf(metadata));
}

function evidenceSettings(config: Config) {
  const { evidenceDir, publicUrl, prometheusUrl, alertmanagerUrl, podName } = config;
  const [namespace = ''] = config.settings.operatorServiceAccount.split('/');
  const self = podName === undefined ? undefined : { namespace, name: podName };
  return { evidenceDir, publicUrl, prometheusUrl, alertmanagerUrl, self };
}

/** At most one write a minute that only the badge asks for; forgets executors that are gone. */
function numbersGate(clock: Clock): (seen: Observed) => boolean {
  const written = new Map<string, number>();
  return ({ executor }) => {
    const now = clock.elapsed();
    const { uid } = executor.metadata;
    if (now - (written.get(uid) ?? Number.NEGATIVE_INFINITY) < NUMBERS_MS) return false;
    for (const [other, at] of written) if (now - at >= NUMBERS_MS) written.delete(other);
    written.set(uid, now);
    return true;
  };
}

/** The control reports of the pods that answer now; none where this replica does not see pods. */
function reports({ world, control }: Pick<Parts, 'world' | 'control'>) {
  return async (key: ExecutorKey): Promise<readonly ControlReport[]> => {
    const trust = { namespace: key.namespace, name: trustName(key.name) };
    const data = world.child('ConfigMap', trust)?.data as Record<string, string> | undefined;
    const asked = world
      .pods(key)
      .filter(mayRun)
      .map((pod) =>
        control.ask({
          key,
          pod: pod.metadata.name,
          podIP: pod.status?.podIP,
          ca: data?.['ca.crt'],
        }),
      );
    return (await Promise.all(asked)).flatMap((said) => ('report' in said ? [said.report] : []));
  };
}

async function startIntake(
  { config, connection, clock, log }: OperatorOptions,
  rollback: Rollback,
  signal: AbortSignal,
): Promise<{ port: number; close: () => Promise<void> }> {
  const { app, renew } = operatorServer(await readKeyPair(config.tlsDir), log);
  rollback.intake(app);
  evidenceRoutes(app, { connection, evidenceDir: config.evidenceDir });
  await app.listen({ host: '::', port: config.httpsPort });
  void followKeyPair(config.tlsDir, renew, { clock, log, signal });
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}

async function listening(server: Server, port: number): Promise<number> {
  server.listen(port, '::');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
