import type { Clock } from '../../crds/clock.ts';
import { childName, type ExecutorKey, trustName } from '../../crds/names.ts';
import { childPath } from '../apply/perform.ts';
import type { Cluster } from '../cluster.ts';
import { CHILD_KINDS, type ChildKind, type Settings } from '../desired/child.ts';
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
  readonly clock: Clock;
  readonly settings: Settings;
  readonly alerting: () => Alerting;
  readonly budget: (key: ExecutorKey) => Budget | undefined;
}

/** The only reader. From the watches; what they do not have is asked for, as it may be foreign. */
export async function observe(key: ExecutorKey, from: Sources): Promise<Observed | 'gone'> {
  const { world, cluster } = from;
  const kinds = CHILD_KINDS.filter((kind) => kind !== 'ServiceMonitor' || world.knows(kind));
  const live = await Promise.all(kinds.map((kind) => child(kind, key, { world, cluster })));
  const executor = world.executor(key); // after the questions above: the newest there is
  if (executor === undefined) return 'gone';
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
  { world, cluster }: Pick<Sources, 'world' | 'cluster'>,
): Promise<Live | undefined> {
  const name = kind === 'ConfigMap' ? trustName(key.name) : childName(key.name);
  const known = world.child(kind, { namespace: key.namespace, name });
  if (known !== undefined || world.executor(key) === undefined) return known;
  const metadata = { namespace: key.namespace, name };
  const found = await cluster.get<Live>(childPath({ kind, metadata }));
  return found && { ...found, kind };
}

function caOf(map: Live | undefined): string | undefined {
  const data = map?.data as Readonly<Record<string, string>> | undefined;
  return data?.['ca.crt'];
}
