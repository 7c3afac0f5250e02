import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress, Steps } from '../../setup/steps.ts';
import { apply, get, kubectl, waitFor } from '../../system/kubectl.ts';
import type { KillLine } from './driver-process.ts';
import { floorDefinition } from './floor-definition.ts';
import { driver, executor, furniture, NAMESPACE, NATS_PORT } from './manifests.ts';
import { measureReferences } from './references.ts';
import { Collected } from './rounds.ts';
import { bundledScripts } from './scripts.ts';
import type { SizeResult } from './terms.ts';

/** Pods at once: on two cores each takes seconds of both to start. */
const WAVE = 5;
const WAVE_SECONDS = 300;
const BEGUN_WITHIN_MS = 60_000;
const POLL_MS = 500;

export interface ClusterTerms {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Rounds of what takes seconds. */
  readonly references: number;
}

/** On the installed system: executors by the operator, everybody else as pods beside them. */
export async function measureInCluster(
  { sizes, rounds, references }: ClusterTerms,
  steps: Steps,
): Promise<readonly SizeResult[]> {
  const results: SizeResult[] = [];
  await steps.step('a namespace, the floor’s CRD and NATS', furnish);
  const host = (await get<{ status: { podIP: string } }>(NAMESPACE, 'pod', 'nats')).status.podIP;
  const names: string[] = [];
  for (const size of sizes) {
    const collected = new Collected();
    // Before there are more executors: a node takes 110 pods.
    await steps.step(`${references} rounds of ConfigMap and rolling restart`, (progress) =>
      measureReferences({ size, rounds: references, to: collected }, progress),
    );
    await steps.step(`${size} executors`, (progress) => startExecutors(names, size, progress));
    await steps.step(`${rounds} rounds of ${size}`, (progress) =>
      drive({ names, rounds, nats: { host, port: NATS_PORT } }, collected, progress),
    );
    results.push({ size, measured: collected.measured() });
  }
  await steps.step('removing the namespace', cleanUp);
  return results;
}

async function furnish(): Promise<void> {
  await cleanUp();
  const floor = floorDefinition();
  await apply(JSON.stringify(floor), '--server-side');
  await waitFor('default', `crd/${floor.metadata.name}`, 'condition=Established', 60);
  for (const object of furniture(await bundledScripts())) {
    await apply(JSON.stringify(object), '--server-side');
  }
  await waitFor(NAMESPACE, 'pod/nats', 'condition=Ready', 60);
}

/** With its namespace go the executors: killed first by their deletion, as always. */
async function cleanUp(): Promise<void> {
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=15m');
  const { name } = floorDefinition().metadata;
  await kubectl('delete', 'crd', name, '--ignore-not-found');
}

/** Adds to `names` until there are so many, a few at a time. */
async function startExecutors(names: string[], size: number, progress: Progress): Promise<void> {
  while (names.length < size) {
    const wave = Array.from({ length: Math.min(WAVE, size - names.length) }, (_, at) => {
      return `k${names.length + at + 1}`;
    });
    progress(`${names.length + wave.length} of ${size}`);
    for (const name of wave) await apply(JSON.stringify(executor(name)));
    for (const name of wave) {
      await waitFor(NAMESPACE, `tradingexecutor/${name}`, 'condition=Ready', WAVE_SECONDS);
    }
    names.push(...wave);
  }
}

async function drive(
  setup: Parameters<typeof driver>[0],
  to: Collected,
  progress: Progress,
): Promise<void> {
  const pod = driver(setup);
  const { name } = pod.metadata;
  await apply(JSON.stringify(pod));
  await begun(name);
  await followLog(name, ({ killed, readings }) => {
    to.add(killed, readings);
    progress(`round ${to.rounds} of ${setup.rounds}`);
  });
  await waitFor(NAMESPACE, `pod/${name}`, 'jsonpath={.status.phase}=Succeeded', 30);
  await kubectl('delete', 'pod', name, '-n', NAMESPACE);
}

/** A log can be followed from then on, also of a pod that has ended already. */
async function begun(pod: string): Promise<void> {
  const end = performance.now() + BEGUN_WITHIN_MS;
  for (;;) {
    const { status } = await get<{ status: { phase: string } }>(NAMESPACE, 'pod', pod);
    if (status.phase !== 'Pending') return;
    if (performance.now() > end) throw new Error(`pod ${pod} has not begun: kubectl describe it`);
    await sleep(POLL_MS);
  }
}

/** Each line of a pod's log, until it ends. Other lines than ours are passed on to people. */
async function followLog(pod: string, told: (line: KillLine) => void): Promise<void> {
  const child = spawn('kubectl', ['logs', '-f', pod, '-n', NAMESPACE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"killed"')) told(JSON.parse(line));
    else console.error(line);
  }
}
