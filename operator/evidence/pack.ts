import { join } from 'node:path';
import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { RollbackCluster } from '../rollback/cluster.ts';
import type { CollectedPack, EvidencePort, PackRequest } from '../rollback/evidence-desk.ts';
import { instant } from '../rollback/instant.ts';
import { claim, incidentsFolder, writeManifest } from './folder.ts';
import { gatherAfterwards, gatherAtOnce } from './gather.ts';
import { type PodDoor, podDoor } from './pod-door.ts';
import { Shelf } from './shelf.ts';
import { type PodSeen, podsOf, publishedCa } from './sources.ts';

export interface EvidenceOptions {
  readonly connection: KubeConnection;
  readonly cluster: RollbackCluster;
  readonly clock: Clock;
  readonly evidenceDir: string;
  /** Origin of this operator's HTTPS server as people reach it. */
  readonly publicUrl: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly alertmanagerUrl: string | undefined;
  /** The operator's own pod, for its log; undefined outside a cluster. */
  readonly self: { readonly namespace: string; readonly name: string } | undefined;
  /** Token that executors accept from the operator. */
  readonly executorToken: () => Promise<string>;
}

export const evidenceLink = (publicUrl: string | undefined, pack: string): string =>
  `${publicUrl ?? ''}/evidence/incidents/${pack}/`;

export const evidencePort = (options: EvidenceOptions): EvidencePort => ({
  collect: (asked) => collect(options, asked),
});

/**
 * Collects one pack. What is about to change (metrics, logs) is read first, what the rollback did is
 * checked last. A source that fails is missing with its reason; only a folder that cannot be written
 * at all throws.
 */
async function collect(options: EvidenceOptions, asked: PackRequest): Promise<CollectedPack> {
  const { name: incident, namespace } = asked.incident.metadata;
  const { executor, decidedAt } = asked.incident.spec;
  const startedAt = instant(options.clock.wall());
  const owner = { incident, namespace, executor: executor.name, startedAt };
  const pack = await claim(options.evidenceDir, decidedAt, owner);
  const shelf = new Shelf(join(incidentsFolder(options.evidenceDir), pack));
  const key = { namespace, name: executor.name };
  const pods = (await shelf.attempt('executor.log', () => podsOf(options.connection, key))) ?? [];
  const doors = await openDoors(options, key, pods);
  try {
    const gathering = { options, shelf, asked, pods, doors };
    await gatherAtOnce(gathering);
    await gatherAfterwards(gathering);
  } finally {
    await Promise.all(doors.map((door) => door.close()));
  }
  const { files, missing } = shelf;
  const finishedAt = instant(options.clock.wall());
  await writeManifest(shelf.folder, { version: 1, ...owner, finishedAt, files, missing });
  const link = evidenceLink(options.publicUrl, pack);
  return { link, missing: missing.map(({ name }) => name) };
}

async function openDoors(
  { connection, clock, executorToken: token }: EvidenceOptions,
  key: ExecutorKey,
  pods: readonly PodSeen[],
): Promise<readonly PodDoor[]> {
  const ca = await publishedCa(connection, key).then(
    (pem) => (pem === undefined ? { why: 'it has not published its certificate' } : { pem }),
    (cause) => ({ why: `its certificate could not be read: ${String(cause)}` }),
  );
  return pods.flatMap(({ name: pod, ip: podIP }) =>
    podIP === undefined ? [] : [podDoor({ key, pod, podIP, ca, token, clock })],
  );
}
