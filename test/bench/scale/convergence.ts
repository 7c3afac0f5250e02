import { systemClock } from '../../../crds/clock.ts';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { ListWatch } from '../../../crds/kube/list-watch.ts';
import type { KubeObject } from '../../../crds/kube/object-store.ts';
import { executorsPath, resourcePath } from '../../../crds/kube/paths.ts';
import { childName } from '../../../crds/names.ts';

interface Declared extends KubeObject {
  readonly status?: { readonly observedGeneration?: number };
}

/**
 * Watches from outside, like a user would: an executor has converged when its StatefulSet is there and
 * its status speaks of its newest generation. Knows nothing of the operator that does it.
 */
export class Convergence {
  readonly #executors: ListWatch<Declared>;
  readonly #sets: ListWatch<KubeObject>;
  readonly #waiting = new Set<() => void>();

  private constructor(connection: KubeConnection) {
    const more = { connection, clock: systemClock, random: Math.random };
    const onChange = () => {
      for (const look of this.#waiting) look();
    };
    this.#executors = new ListWatch({ ...more, path: executorsPath(), onChange });
    const path = resourcePath({ apiVersion: 'apps/v1', resource: 'statefulsets' });
    this.#sets = new ListWatch({ ...more, path, onChange });
  }

  static async open(connection: KubeConnection): Promise<Convergence> {
    const watch = new Convergence(connection);
    watch.#executors.start();
    watch.#sets.start();
    await Promise.all([watch.#executors.synced(), watch.#sets.synced()]);
    return watch;
  }

  count(): number {
    return this.#executors.list().filter((one) => this.#hasConverged(one)).length;
  }

  /** Resolves in the turn in which the last executor that was there has converged; `running` rejects before. */
  reached(running: Promise<never>): Promise<void> {
    const left = new Set(this.#executors.list().map(({ metadata }) => metadata.uid));
    return this.#until(() => {
      // Stops at the first that has not: a look at all of them at each event would compete with what is measured.
      for (const uid of left) {
        const object = this.#executors.get(uid);
        if (object === undefined || !this.#hasConverged(object)) return false;
        left.delete(uid);
      }
      return true;
    }, running);
  }

  /** Resolves in the turn in which the status of this executor speaks of `generation`. */
  observed(uid: string, generation: number, running: Promise<never>): Promise<void> {
    const seen = () => this.#executors.get(uid)?.status?.observedGeneration ?? 0;
    return this.#until(() => seen() >= generation, running);
  }

  async close(): Promise<void> {
    await Promise.all([this.#executors.stop(), this.#sets.stop()]);
  }

  #hasConverged({ metadata, status }: Declared): boolean {
    const { namespace = '', name, generation } = metadata;
    const set = this.#sets.get({ namespace, name: childName(name) });
    return set !== undefined && status?.observedGeneration === generation;
  }

  async #until(holds: () => boolean, running: Promise<never>): Promise<void> {
    if (holds()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (holds()) resolve();
    };
    this.#waiting.add(look);
    try {
      await Promise.race([promise, running]);
    } finally {
      this.#waiting.delete(look);
    }
  }
}
