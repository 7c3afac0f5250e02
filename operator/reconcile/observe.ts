import type { Clock } from '../../crds/clock.ts';
import { childName, type ExecutorKey, textOf, trustName } from '../../crds/names.ts';
import type { SloStatus } from '../../crds/status.ts';
import { childPath } from '../apply/perform.ts';
import type { Cluster } from '../cluster.ts';
import { CHILD_KINDS, type ChildKind, isSwitchedOff, type Settings } from '../desired/child.ts';
import type { Confirm } from '../kill/confirm.ts';
import { neededLease } from './credentials.ts';
import type { LeaseSight } from './lease-sight.ts';
import type { Alerting, Live, Observed } from './observed.ts';
import type { Budget } from './venue-budget.ts';
import type { World } from './world.ts';

export interface Sources {
  readonly world: World;
  readonly cluster: Cluster;
  readonly confirm: Confirm;
  readonly leases: LeaseSight;
  /** `namespace/name` of executors whose switched-off children were asked for. */
  readonly searched: Set<string>;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly alerting: () => Alerting;
  readonly slos: (key: ExecutorKey) => SloStatus;
  readonly budget: (key: ExecutorKey) => Budget | undefined;
}

/**
 * The only reader. From the watches; what they do not have is asked for, as it may be foreign. A kind
 * that is switched off is asked for once: one that is there without our label must still go.
 */
export async function observe(key: ExecutorKey, from: Sources): Promise<Observed | 'gone'> {
  const { world } = from;
  const kinds = CHILD_KINDS.filter((kind) => kind !== 'ServiceMonitor' || world.knows(kind));
  const live = await Promise.all(kinds.map((kind) => child(kind, key, from)));
  const executor = world.executor(key); // after the questions above: the newest there is
  if (executor === undefined) return 'gone';
  from.searched.add(textOf(key));
  const pods = world.pods(key);
  const ca = caOf(live.find((one) => one?.kind === 'ConfigMap'));
  const seen = {
    executor,
    live: live.filter((one) => one !== undefined),
    pods,
    facts: from.confirm.follow({ key, object: executor, pods, ca }),
    serviceMonitors: kinds.includes('ServiceMonitor'),
    settings: from.settings,
    alerting: from.alerting(),
    slos: from.slos(key),
    budget: from.budget(key),
    elapsed: from.clock.elapsed(),
  };
  const lease = neededLease(seen);
  // Not seen is as good as not there: making it says what is wrong, and holds nothing up.
  const isThere = lease && (await from.leases.exists(key, lease).catch(() => false));
  return { ...seen, leases: lease && isThere ? [lease.name] : [] };
}

async function child(
  kind: ChildKind,
  key: ExecutorKey,
  { world, cluster, settings, searched }: Sources,
): Promise<Live | undefined> {
  const name = kind === 'ConfigMap' ? trustName(key.name) : childName(key.name);
  const known = world.child(kind, { namespace: key.namespace, name });
  if (known !== undefined || world.executor(key) === undefined) return known;
  if (isSwitchedOff(kind, settings) && searched.has(textOf(key))) return undefined;
  const metadata = { namespace: key.namespace, name };
  const found = await cluster.get<Live>(childPath({ kind, metadata }));
  return found && { ...found, kind };
}

function caOf(map: Live | undefined): string | undefined {
  const data = map?.data as Readonly<Record<string, string>> | undefined;
  return data?.['ca.crt'];
}
