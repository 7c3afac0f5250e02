import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { type Identity, identity, needsRenewal } from './certificate.ts';

const CHECK_MS = 12 * 3_600_000;

export interface RenewalParts {
  readonly key: ExecutorKey;
  readonly clock: Clock;
  readonly folder: string;
  readonly renewed: (next: Identity) => void;
}

/** Looks twice a day whether the certificate needs renewal, and says so with the next one. */
export async function renewal(
  { key, clock, folder, renewed }: RenewalParts,
  first: Identity,
  signal: AbortSignal,
): Promise<void> {
  let current = first;
  while (!signal.aborted) {
    await clock.after(CHECK_MS, signal).catch(() => undefined);
    if (signal.aborted || !needsRenewal(current, clock.wall())) continue;
    current = await identity(folder, key, clock.wall());
    renewed(current);
  }
}
