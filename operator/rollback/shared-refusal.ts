import type { Clock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { LeaseObject, taken } from '../../crds/kube/lease.ts';
import type { AlertingHealth } from './alerting-health.ts';

/** Its holder is the replica that refused the last delivery; nobody: it was accepted. */
export const REFUSAL_LEASE = 'trading-executor-operator-webhook';

const LOOK_EVERY_MS = 5_000;
const CALL_MS_MAX = 5_000;

export interface SharedRefusalOptions {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly identity: string;
  readonly clock: Clock;
  readonly health: AlertingHealth;
  /** The word of another replica is news here. */
  readonly changed: () => void;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/**
 * Tells all replicas, and those to come, whether the last delivery was refused: the Service sends it to
 * any of them, and only the leader writes AlertingHealthy. Written when that changes, at most every five
 * seconds, however often somebody knocks with a wrong token; otherwise only read.
 */
export async function shareRefusal(
  options: SharedRefusalOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options;
  const lease = new LeaseObject({ ...options, name: REFUSAL_LEASE });
  let agreed = false;
  while (!signal.aborted) {
    agreed = await round(lease, agreed, options);
    await clock.after(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

/** What this replica and the Lease agree on afterwards; as before when there was no answer. */
async function round(
  lease: LeaseObject,
  agreed: boolean,
  { health, identity, clock, log, changed }: SharedRefusalOptions,
): Promise<boolean> {
  const how = { timeoutMs: CALL_MS_MAX };
  const found = await lease.read(how);
  if (found === undefined) return agreed;
  if (!found.ok && found.status !== 404) {
    log('the lease of refused deliveries cannot be read', { status: found.status });
    return agreed;
  }
  const said = found.ok && Boolean(found.body.spec?.holderIdentity);
  const own = health.isRefusing;
  if (own === agreed || own === said) {
    health.told(said);
    if (own !== said) changed();
    return said;
  }
  const before = found.ok ? (found.body.spec ?? {}) : {};
  const holder = { identity: own ? identity : '', seconds: 1, now: clock.wall() };
  const change = { spec: taken(before, holder) };
  const written = found.ok
    ? await lease.update(found.body, change, how)
    : await lease.create(change, how);
  if (written?.ok) return own;
  if (written !== undefined && written.status !== 409) {
    log('a refused delivery cannot be told to the other replicas', { status: written.status });
  }
  return agreed;
}
