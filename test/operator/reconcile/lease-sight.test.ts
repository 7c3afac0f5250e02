import { describe, expect, it } from 'vitest';
import { leasePath } from '../../../crds/kube/paths.ts';
import { neededLease } from '../../../operator/reconcile/credentials.ts';
import { LeaseSight } from '../../../operator/reconcile/lease-sight.ts';
import { aDeleted, seen } from '../deletion/held.ts';

const KEY = { namespace: 'desk', name: 'btc' };
const OTHER = { namespace: 'desk', name: 'eth' };
const sure = (name: string) => ({ name, isDoubted: false });

/** Leases that are there, by path, and what was asked for. */
function aSight(...there: readonly string[]) {
  const leases = new Set(there.map((name) => leasePath('desk', name)));
  const asked: string[] = [];
  const cluster = {
    async get<T>(path: string): Promise<T | undefined> {
      asked.push(path);
      return leases.has(path) ? ({} as T) : undefined;
    },
  };
  return { sight: new LeaseSight(cluster), leases, asked };
}

describe('the sight of credential Leases', () => {
  it('asks once for one that is there, and each time for one that is not', async () => {
    const { sight, asked } = aSight('credential-a');
    expect(await sight.exists(KEY, sure('credential-a'))).toBe(true);
    expect(await sight.exists(KEY, sure('credential-a'))).toBe(true);
    expect(asked).toHaveLength(1);
    expect(await sight.exists(OTHER, sure('credential-b'))).toBe(false);
    expect(await sight.exists(OTHER, sure('credential-b'))).toBe(false);
    expect(asked).toHaveLength(3);
    sight.made(OTHER, 'credential-b');
    expect(await sight.exists(OTHER, sure('credential-b'))).toBe(true);
    expect(asked).toHaveLength(3);
  });

  it('asks again when the Secret is another one, or a pod doubts it', async () => {
    const { sight, leases } = aSight('credential-a');
    await sight.exists(KEY, sure('credential-a'));
    expect(await sight.exists(KEY, sure('credential-b'))).toBe(false);
    await sight.exists(KEY, sure('credential-a'));
    leases.clear();
    expect(await sight.exists(KEY, { name: 'credential-a', isDoubted: true })).toBe(false);
    expect(await sight.exists(KEY, sure('credential-a'))).toBe(false); // and keeps asking
  });
});

describe('the Lease that is needed', () => {
  const alive = aDeleted({ deletionTimestamp: undefined });
  const secret = alive.spec.venue.credentialsSecretRef?.name;

  it('is doubted when a pod says that it has lost it', () => {
    const needed = (shutReasons: readonly ('LeaseLost' | 'KillSwitch')[]) =>
      neededLease(seen({ shutReasons: [...shutReasons] }, { executor: alive }));
    expect(needed(['LeaseLost'])).toEqual({ name: `credential-${secret}`, isDoubted: true });
    expect(needed(['KillSwitch'])).toEqual({ name: `credential-${secret}`, isDoubted: false });
  });

  it('is none for an executor that is going, or has no key', () => {
    expect(neededLease(seen(undefined))).toBeUndefined();
    const venue = { ...alive.spec.venue, credentialsSecretRef: undefined };
    const keyless = { ...alive, spec: { ...alive.spec, venue } };
    expect(neededLease(seen(undefined, { executor: keyless }))).toBeUndefined();
  });
});
