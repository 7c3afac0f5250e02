import { leasePath } from '../../crds/kube/paths.ts';
import { type ExecutorKey, textOf } from '../../crds/names.ts';
import type { Cluster } from '../cluster.ts';

/**
 * Which credential Leases there are. They are asked for and not watched: every holder renews every
 * ten seconds. One that was seen is asked for again only when a pod says that it lost it.
 */
export class LeaseSight {
  readonly #cluster: Pick<Cluster, 'get'>;
  /** By executor; of each the one Lease it needs. */
  readonly #seen = new Map<string, string>();

  constructor(cluster: Pick<Cluster, 'get'>) {
    this.#cluster = cluster;
  }

  async exists(
    key: ExecutorKey,
    { name, isDoubted }: { readonly name: string; readonly isDoubted: boolean },
  ): Promise<boolean> {
    if (!isDoubted && this.#seen.get(textOf(key)) === name) return true;
    const found = await this.#cluster.get(leasePath(key.namespace, name));
    if (found === undefined) this.forget(key);
    else this.made(key, name);
    return found !== undefined;
  }

  made(key: ExecutorKey, name: string): void {
    this.#seen.set(textOf(key), name);
  }

  forget(key: ExecutorKey): void {
    this.#seen.delete(textOf(key));
  }
}
