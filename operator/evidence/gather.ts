import type { EpochMs } from '../../crds/clock.ts';
import type { ControlReport } from '../../crds/control.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { epochMs } from '../rollback/instant.ts';
import { latencySvg } from './latency-svg.ts';
import type { EvidenceOptions, PackAsked } from './pack.ts';
import type { Pictures } from './photograph.ts';
import type { PodDoor } from './pod-door.ts';
import { readme } from './readme.ts';
import { redact } from './redact.ts';
import { absent, json, named, type Shelf } from './shelf.ts';
import { type Smoke, smoke } from './smoke.ts';
import {
  alertsOf,
  eventsOf,
  lastHour,
  latencyHour,
  objectYaml,
  type PodSeen,
  podLog,
} from './sources.ts';
import { ungatedOf } from './ungated.ts';

export interface Gathering {
  readonly options: EvidenceOptions;
  readonly shelf: Shelf;
  readonly asked: PackAsked;
  readonly pods: readonly PodSeen[];
  /** Of the pods that have an address. */
  readonly doors: readonly PodDoor[];
}

/** How long the pack waits for the executor to say that it is gated and flat. */
const FLAT_MS_MAX = 10_000;
const ASK_EVERY_MS = 250;

export const keyOf = ({ metadata, spec }: TradingIncident) => ({
  namespace: metadata.namespace,
  name: spec.executor.name,
});

/** What is about to change: read at once, everything beside each other. */
export async function gatherAtOnce({
  options,
  shelf,
  asked,
  pods,
  doors,
}: Gathering): Promise<void> {
  const { connection, cluster, clock, prometheusUrl, alertmanagerUrl } = options;
  const { incident, before, self } = asked;
  const key = keyOf(incident);
  const now = clock.wall();
  const put = (name: string, source: () => Promise<string>) => shelf.put(name, source);
  await Promise.all([
    ...metrics(shelf, pods, doors),
    ...logs(options, shelf, key.namespace, pods),
    put('executor-before.yaml', async () =>
      objectYaml(before ?? (await absent('the operator was restarted after the decision'))),
    ),
    put('alerts.json', async () => {
      const object = await cluster.executor(key);
      const onRecord = object?.status?.rollback?.pending ?? [];
      return json({ decidedBy: incident.spec.alert, onRecord });
    }),
    put('alerts-delivered.jsonl', () => options.alerts.before(key, incident.spec.decidedAt)),
    put('prometheus.json', () =>
      prometheusUrl === undefined
        ? absent('--prometheus-url is not set')
        : lastHour(prometheusUrl, key, now),
    ),
    put('latency.svg', () => picture(options, incident, now)),
    put('alertmanager.json', () =>
      alertmanagerUrl === undefined
        ? absent('--alertmanager-url is not set')
        : alertsOf(alertmanagerUrl, key),
    ),
    put('operator.log', () =>
      self === undefined ? absent('the operator does not run in a pod') : podLog(connection, self),
    ),
  ]);
}

async function picture(
  { prometheusUrl, sloLatencySeconds: sloSeconds }: EvidenceOptions,
  incident: TradingIncident,
  until: EpochMs,
): Promise<string> {
  if (prometheusUrl === undefined) return absent('--prometheus-url is not set');
  const p95 = await latencyHour(prometheusUrl, keyOf(incident), until);
  const { executor, alert } = incident.spec;
  const facts = { executor: executor.name, until, sloSeconds, p95 };
  return latencySvg({ ...facts, alertSince: epochMs(alert.since) });
}

/** Of every pod; one that has no address is missing by name. */
function metrics(
  shelf: Shelf,
  pods: readonly PodSeen[],
  doors: readonly PodDoor[],
): Promise<void>[] {
  if (pods.length === 0) return [shelf.put('metrics.prom', () => absent(UNREACHED))];
  return pods.map(({ name }, i) => {
    const door = doors.find(({ pod }) => pod === name);
    return shelf.put(named('metrics.prom', name, i), () =>
      door === undefined ? absent(`pod ${name} has no address`) : read(door, 'plain', '/metrics'),
    );
  });
}

/** Of every pod, the process before a restart included. */
function logs(
  { connection }: EvidenceOptions,
  shelf: Shelf,
  namespace: string,
  pods: readonly PodSeen[],
): Promise<void>[] {
  return pods.flatMap(({ name, restarts }, i) => {
    const now = shelf.put(named('executor.log', name, i), () =>
      podLog(connection, { namespace, name }),
    );
    if (restarts === 0) return [now];
    const previous = { namespace, name, previous: true };
    const file = named('executor-previous.log', name, i);
    return [now, shelf.put(file, () => podLog(connection, previous))];
  });
}

/** What the rollback did: checked once the executor is flat, or has had its time. */
export async function gatherAfterwards(
  { options, shelf, asked, doors }: Gathering,
  pictures: Pictures,
): Promise<void> {
  const { cluster, connection } = options;
  const key = keyOf(asked.incident);
  const reports = await settledReports(options, doors);
  const smokes: Smoke[] = [];
  for (const door of doors) smokes.push(await smoke(door));
  let object: TradingExecutor | undefined;
  let incident = asked.incident;
  await shelf.put('smoke.txt', async () =>
    smokes.length > 0 ? smokes.map(({ text }) => text).join('') : absent(UNREACHED),
  );
  await shelf.put('control.json', async () =>
    reports.length > 0 ? json(reports) : absent('no executor answered GET /control'),
  );
  await ungated(options, shelf, asked.incident);
  await readEach(shelf, doors);
  await shelf.put('events.yaml', () => eventsOf(connection, key));
  await shelf.put('executor-after.yaml', async () => {
    object = await cluster.executor(key);
    return objectYaml(object ?? (await absent('the executor was deleted')));
  });
  await shelf.put('incident.yaml', async () => {
    incident = (await cluster.incident(incident.metadata)) ?? incident;
    return objectYaml(incident);
  });
  await pictures.ofTheEnd();
  const { files, missing } = shelf;
  const latchedAt = object?.status?.rollback?.since;
  const facts = { incident, latchedAt, reports, smoke: sum(smokes), files, missing };
  await shelf.put('README.md', async () => readme(facts));
}

/** Pods that did not confirm the kill in time were deleted: what they said last. */
async function ungated(
  { store }: EvidenceOptions,
  shelf: Shelf,
  incident: TradingIncident,
): Promise<void> {
  const { decidedAt } = incident.spec;
  const logs = await shelf.attempt('ungated.log', () =>
    ungatedOf(store, keyOf(incident), decidedAt),
  );
  for (const [i, { pod, text }] of (logs ?? []).entries()) {
    await shelf.put(named('ungated.log', pod, i), text);
  }
}

const UNREACHED = 'no executor pod could be reached';

async function readEach(shelf: Shelf, doors: readonly PodDoor[]): Promise<void> {
  const wanted = { 'version.json': '/api/version', 'audit.json': '/audit/summary?window=1h' };
  for (const [name, path] of Object.entries(wanted)) {
    if (doors.length === 0) await shelf.put(name, () => absent(UNREACHED));
    for (const [i, door] of doors.entries()) {
      await shelf.put(named(name, door.pod, i), () => read(door, 'secure', path));
    }
  }
}

function sum(smokes: readonly Smoke[]): Pick<Smoke, 'passed' | 'failed'> | undefined {
  if (smokes.length === 0) return undefined;
  const passed = smokes.reduce((total, one) => total + one.passed, 0);
  const failed = smokes.reduce((total, one) => total + one.failed, 0);
  return { passed, failed };
}

/** What the executors say once they are flat, or after FLAT_MS_MAX. */
async function settledReports(
  { clock }: EvidenceOptions,
  doors: readonly PodDoor[],
): Promise<readonly ControlReport[]> {
  const began = clock.elapsed();
  for (;;) {
    const said = await Promise.all(
      doors.map((door) => door.secure({ method: 'GET', path: '/control' })),
    );
    const reports = said.flatMap((one) => (one.ok && one.status === 200 ? reportOf(one.text) : []));
    const isFlat = reports.length === doors.length && reports.every((one) => one.flatAt !== null);
    if (isFlat || clock.elapsed() - began > FLAT_MS_MAX) return reports;
    await clock.after(ASK_EVERY_MS);
  }
}

/** As the executor sent it: evidence keeps fields this program does not know. */
function reportOf(text: string): ControlReport[] {
  try {
    return [JSON.parse(text) as ControlReport];
  } catch {
    return []; // control.json is then missing, with that reason
  }
}

async function read(door: PodDoor, way: 'plain' | 'secure', path: string): Promise<string> {
  const said = await door[way]({ method: 'GET', path });
  if (!said.ok) throw new Error(said.why);
  if (said.status !== 200) {
    throw new Error(`HTTP ${said.status}: ${redact(said.text).text.slice(0, 200)}`);
  }
  return said.text;
}
