import type { Clock } from '../../crds/clock.ts';
import { resourcePath } from '../../crds/kube/paths.ts';
import { KINDS } from '../apply/kinds.ts';
import type { Cluster } from '../cluster.ts';
import type { World } from './world.ts';

export interface Discovery {
  readonly world: Pick<World, 'startServiceMonitors' | 'stopServiceMonitors'>;
  readonly cluster: Pick<Cluster, 'get'>;
  readonly clock: Clock;
  /** Every executor lacks one child now. */
  readonly again: () => void;
}

const DISCOVERY_MS = 30_000;
const { apiVersion, resource } = KINDS.ServiceMonitor;
const GROUP_PATH = resourcePath({ apiVersion, resource: '' }).replace(/\/$/, '');

/** Watches ServiceMonitors while the API server knows them: Prometheus Operator comes and goes as it likes. */
export async function followServiceMonitors(
  { world, cluster, clock, again }: Discovery,
  signal: AbortSignal,
): Promise<void> {
  let isKnown = false;
  while (!signal.aborted) {
    const was: boolean = isKnown;
    isKnown = await areServed(cluster).catch(() => was); // no answer: nothing has changed
    if (isKnown && !was) void world.startServiceMonitors().then(again, () => undefined);
    if (!isKnown && was) await world.stopServiceMonitors();
    await clock.after(DISCOVERY_MS, signal).catch(() => undefined);
  }
}

async function areServed(cluster: Pick<Cluster, 'get'>): Promise<boolean> {
  const known = await cluster.get<{ resources?: readonly { name: string }[] }>(GROUP_PATH);
  return known?.resources?.some(({ name }) => name === resource) ?? false;
}
