import { credentialLeaseName } from '../../crds/names.ts';
import { CREDENTIALS_ENV, CREDENTIALS_VOLUME } from '../desired/stateful-set.ts';
import { factsOf, killVerdict } from '../kill/verdict.ts';
import type { Live, Observed } from './observed.ts';

/**
 * The Secret the pod is to mount: what the spec says, except that a running executor keeps its own
 * until it is killed and flat. Changing it earlier would leave orders nobody can cancel.
 */
export function credentialsInForce(seen: Omit<Observed, 'leases'>): {
  readonly name: string | undefined;
  readonly waits: boolean;
} {
  const declared = seen.executor.spec.venue.credentialsSecretRef?.name;
  const applied = appliedSecret(seen.live);
  if (applied === declared || applied === undefined) return { name: declared, waits: false };
  const verdict = killVerdict(seen.executor, seen.pods, seen.facts, seen.elapsed);
  if (verdict.kind === 'gated' && verdict.flat) return { name: declared, waits: false };
  return { name: applied, waits: true };
}

interface SetParts {
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly { readonly env?: readonly EnvEntry[] }[];
      readonly volumes?: readonly {
        readonly name: string;
        readonly secret?: { readonly secretName?: string };
      }[];
    };
  };
}
interface EnvEntry {
  readonly name: string;
  readonly value?: string;
}
interface RuleParts {
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

const podOf = (set: Live) => (set.spec as SetParts | undefined)?.template?.spec;

export const mountedSecret = (set: Live): string | undefined =>
  podOf(set)?.volumes?.find(({ name }) => name === CREDENTIALS_VOLUME)?.secret?.secretName;

/**
 * The Secret that was applied last. It is named in three places, and two of them decide: whoever
 * changes one by hand has changed no Secret, and gets it put back.
 */
function appliedSecret(live: readonly Live[]): string | undefined {
  const set = live.find(({ kind }) => kind === 'StatefulSet');
  const volume = set && mountedSecret(set);
  const env = set && podOf(set)?.containers?.flatMap((one) => one.env ?? []);
  const told = env?.find(({ name }) => name === CREDENTIALS_ENV)?.value;
  const rules = (live.find(({ kind }) => kind === 'Role')?.rules ?? []) as readonly RuleParts[];
  const lease = rules.find(({ resources }) => resources?.includes('leases'))?.resourceNames?.[0];
  return [volume, told].find((secret) => {
    if (secret === undefined) return false;
    const votes = [volume === secret, told === secret, lease === credentialLeaseName(secret)];
    return votes.filter(Boolean).length >= 2;
  });
}

/** The Lease that must be there; `isDoubted`: a pod that wants it says that it does not hold it. */
export function neededLease(
  seen: Omit<Observed, 'leases'>,
): { readonly name: string; readonly isDoubted: boolean } | undefined {
  const secret = credentialsInForce(seen).name;
  if (secret === undefined || seen.executor.metadata.deletionTimestamp !== undefined) return;
  const isDoubted = seen.pods.some((pod) =>
    factsOf(seen.facts, pod)?.report?.shutReasons.includes('LeaseLost'),
  );
  return { name: credentialLeaseName(secret), isDoubted };
}
