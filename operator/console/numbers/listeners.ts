import type { ExecutorKey } from '../../../crds/names.ts';

/** Who wants to hear of an executor whose numbers are others than before. A throw ends the process. */
export class Listeners {
  readonly #all = new Set<(key: ExecutorKey) => void>();
  readonly #told = new Map<string, string>();

  add(listener: (key: ExecutorKey) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell({ namespace, name }: ExecutorKey, numbers: unknown): void {
    const text = JSON.stringify(numbers);
    if (this.#told.get(`${namespace}/${name}`) === text) return;
    this.#told.set(`${namespace}/${name}`, text);
    for (const listener of this.#all) listener({ namespace, name });
  }

  /** Forgets whoever is not among these `namespace/name`: executors come and go. */
  keep(executors: { has(executor: string): boolean }): void {
    for (const name of this.#told.keys()) if (!executors.has(name)) this.#told.delete(name);
  }

  /** Everything is news again. */
  forget(): void {
    this.#told.clear();
  }
}
