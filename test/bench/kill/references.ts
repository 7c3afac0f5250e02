import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../../setup/steps.ts';
import { apply, kubectl } from '../../system/kubectl.ts';
import { NAMESPACE, REPLICAS, replicas, SWITCH } from './manifests.ts';
import type { ReplicaLine } from './replica-process.ts';
import type { Collected } from './rounds.ts';
import type { Reading } from './terms.ts';

const LOOK_EVERY_MS = 500;
/** Logs say when by themselves; fifty of them are work. */
const READ_EVERY_MS = 2_000;
const WITHIN_MS = 600_000;
const SELECTED = ['-n', NAMESPACE, '-l', `app=${REPLICAS}`];
const ROLLOUT = ['rollout', 'status', `deployment/${REPLICAS}`, '-n', NAMESPACE, '--timeout=10m'];

/** What desks do without a watch: a file that the kubelet brings, and pods started anew. In seconds, not ms. */
export async function measureReferences(
  { size, rounds, to }: { size: number; rounds: number; to: Collected },
  progress: Progress,
): Promise<void> {
  await deploy(size, 'none');
  for (let round = 1; round <= rounds; round += 1) {
    progress(`mounted ConfigMap, ${round} of ${rounds}`);
    to.add('mounted ConfigMap', await switched(size, `${size}-${round}`));
  }
  for (let round = 1; round <= rounds; round += 1) {
    progress(`rolling restart, ${round} of ${rounds}`);
    to.add('rolling restart', await restarted(size, `${size}-${round}`));
  }
  await kubectl('delete', 'deployment', REPLICAS, '-n', NAMESPACE, '--wait=true');
}

async function deploy(size: number, kill: string): Promise<void> {
  await apply(JSON.stringify(replicas(size, kill)));
  await kubectl(...ROLLOUT);
}

/** Stamped by each pod when the file in it has changed. */
async function switched(size: number, kill: string): Promise<readonly Reading[]> {
  const sentAt = Date.now();
  const patch = JSON.stringify({ data: { kill } });
  await kubectl('patch', 'configmap', SWITCH, '-n', NAMESPACE, '--type=merge', '-p', patch);
  const answeredAt = Date.now();
  return until(`${size} pods have the file`, async () => {
    await sleep(READ_EVERY_MS);
    const log = await kubectl('logs', ...SELECTED, '--tail=-1', `--max-log-requests=${size + 5}`);
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    const told = lines.map((line) => JSON.parse(line) as ReplicaLine);
    const gated = told.filter(({ file }) => file === kill);
    if (gated.length < size) return undefined;
    return gated.map(({ at: gatedAt }) => ({ sentAt, answeredAt, gatedAt }));
  });
}

interface Pod {
  readonly metadata: { readonly uid: string };
  readonly status?: { readonly phase?: string };
}

/** Seen from outside, half a second too late at most: when each of the pods from before has ended. */
async function restarted(size: number, kill: string): Promise<readonly Reading[]> {
  const before = (await pods()).map(({ metadata }) => metadata.uid);
  const sentAt = Date.now();
  await apply(JSON.stringify(replicas(size, kill)));
  const answeredAt = Date.now();
  const ended = new Map<string, number>();
  await until('the old pods have ended', async () => {
    const now = await pods();
    const seenAt = Date.now();
    const alive = now.filter(({ status }) => !/Succeeded|Failed/.test(status?.phase ?? ''));
    const left = new Set(alive.map(({ metadata }) => metadata.uid));
    for (const uid of before) if (!left.has(uid) && !ended.has(uid)) ended.set(uid, seenAt);
    return ended.size === before.length;
  });
  await kubectl(...ROLLOUT);
  return [...ended.values()].map((gatedAt) => ({ sentAt, answeredAt, gatedAt }));
}

const pods = async (): Promise<readonly Pod[]> =>
  JSON.parse(await kubectl('get', 'pods', ...SELECTED, '-o', 'json')).items;

async function until<T>(what: string, holds: () => Promise<T | undefined | false>): Promise<T> {
  const end = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await holds();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`in ${WITHIN_MS} ms it did not happen: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
