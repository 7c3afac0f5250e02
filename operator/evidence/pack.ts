import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { RollbackCluster } from '../rollback/cluster.ts';
import type { CollectedPack, PackRequest } from '../rollback/evidence-desk.ts';
import { instant } from '../rollback/instant.ts';
import type { Camera } from './camera.ts';
import { claim, writeManifest } from './folder.ts';
import { gatherAfterwards, gatherAtOnce } from './gather.ts';
import type { KeptAlerts } from './kept-alerts.ts';
import type { MissingFile } from './manifest.ts';
import { packFiles } from './packs.ts';
import { photograph } from './photograph.ts';
import { type PodDoor, podDoor } from './pod-door.ts';
import { Shelf } from './shelf.ts';
import { type PodSeen, podsOf, publishedCa } from './sources.ts';
import type { EvidenceStore } from './store.ts';

export interface EvidenceOptions {
  readonly connection: KubeConnection;
  readonly cluster: Pick<RollbackCluster, 'executor' | 'incident'>;
  readonly clock: Clock;
  readonly store: EvidenceStore;
  /** Origin of the evidence server as people reach it. */
  readonly publicUrl: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly alertmanagerUrl: string | undefined;
  /** What the operator handed in as it was delivered. */
  readonly alerts: Pick<KeptAlerts, 'before'>;
  /** undefined: no pictures of the console. */
  readonly camera: Camera | undefined;
  /** Place→ACK, P95: the line in the picture. */
  readonly sloLatencySeconds: number;
}

export interface PackAsked extends PackRequest {
  /** The operator's pod that asks, for its log; undefined outside a cluster. */
  readonly self: { readonly namespace: string; readonly name: string } | undefined;
  /** Token that executors accept from the operator. */
  readonly executorToken: () => Promise<string>;
}

export const evidenceLink = (publicUrl: string | undefined, pack: string): string =>
  `${publicUrl ?? ''}/evidence/incidents/${pack}/`;

/**
 * Collects one pack. What is about to change (metrics, logs) is read first, what the rollback did is
 * checked last; in between the manifest lists what is kept, so that a collection that is cut off goes
 * on from there. A finished pack is not touched. A source that fails is missing with its reason; only
 * a store that cannot be written at all throws.
 */
export async function collectPack(
  options: EvidenceOptions,
  asked: PackAsked,
): Promise<CollectedPack> {
  const { name: incident, namespace } = asked.incident.metadata;
  const { executor, decidedAt } = asked.incident.spec;
  const fresh = { incident, namespace, executor: executor.name };
  const { name: pack, found } = await claim(options.store, decidedAt, {
    ...fresh,
    startedAt: instant(options.clock.wall()),
  });
  const link = evidenceLink(options.publicUrl, pack);
  if (found?.finishedAt !== undefined) return { link, missing: namesOf(found.missing) };
  const startedAt = found?.startedAt ?? instant(options.clock.wall());
  const files = packFiles(options.store, pack);
  const shelf = new Shelf(files, found?.files);
  const write = (more: { finishedAt?: string }) => {
    const { files: kept, missing } = shelf;
    return writeManifest(files, {
      ...{ version: 1, ...fresh, startedAt, ...more },
      ...{ files: kept, missing },
    });
  };
  const key = { namespace, name: executor.name };
  const pods = (await shelf.attempt('executor.log', () => podsOf(options.connection, key))) ?? [];
  const doors = await openDoors(options, asked, pods);
  try {
    const gathering = { options, shelf, asked, pods, doors };
    const pictures = photograph(gathering); // nothing else waits for a browser
    await gatherAtOnce(gathering);
    await write({});
    await gatherAfterwards(gathering, pictures);
  } finally {
    await Promise.all(doors.map((door) => door.close()));
  }
  await write({ finishedAt: instant(options.clock.wall()) });
  return { link, missing: namesOf(shelf.missing) };
}

const namesOf = (missing: readonly MissingFile[]): string[] => missing.map(({ name }) => name);

async function openDoors(
  { connection, clock }: EvidenceOptions,
  { incident, executorToken: token }: PackAsked,
  pods: readonly PodSeen[],
): Promise<readonly PodDoor[]> {
  const { namespace } = incident.metadata;
  const key: ExecutorKey = { namespace, name: incident.spec.executor.name };
  const ca = await publishedCa(connection, key).then(
    (pem) => (pem === undefined ? { why: 'it has not published its certificate' } : { pem }),
    (cause) => ({ why: `its certificate could not be read: ${String(cause)}` }),
  );
  return pods.flatMap(({ name: pod, ip: podIP }) =>
    podIP === undefined ? [] : [podDoor({ key, pod, podIP, ca, token, clock })],
  );
}
