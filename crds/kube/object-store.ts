import type { ObjectMeta } from '../trading-executor.ts';

export interface KubeObject {
  readonly metadata: ObjectMeta;
}

export type Change<T> =
  | { readonly kind: 'set'; readonly object: T }
  | { readonly kind: 'gone'; readonly object: T };

/** Order of two resourceVersions: decimal numbers of any length, compared without parsing. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

const nameOf = ({ namespace = '', name }: { namespace?: string; name: string }): string =>
  `${namespace}/${name}`;

/**
 * The objects last seen, by uid: an object deleted and made again under the same name is another
 * object. Tells each difference once, after it has taken it in.
 */
export class ObjectStore<T extends KubeObject> {
  readonly #byUid = new Map<string, T>();
  readonly #byName = new Map<string, T>();
  readonly #tell: (change: Change<T>) => void;

  constructor(tell: (change: Change<T>) => void) {
    this.#tell = tell;
  }

  byUid(uid: string): T | undefined {
    return this.#byUid.get(uid);
  }

  byName(name: { readonly namespace: string; readonly name: string }): T | undefined {
    return this.#byName.get(nameOf(name));
  }

  list(): readonly T[] {
    return [...this.#byUid.values()];
  }

  /** Takes a state in unless it is older than what is known; says whether it was news. */
  set(object: T): boolean {
    const { metadata } = object;
    const before = this.#byUid.get(metadata.uid);
    if (before && compareVersions(metadata.resourceVersion, before.metadata.resourceVersion) <= 0) {
      return false;
    }
    const namesake = this.#byName.get(nameOf(metadata));
    if (namesake && namesake.metadata.uid !== metadata.uid) {
      if (compareVersions(metadata.resourceVersion, namesake.metadata.resourceVersion) < 0) {
        return false;
      }
      this.remove(namesake.metadata.uid);
    }
    this.#put(object);
    return true;
  }

  /** Forgets an object; `last` is its state at deletion where that is known. */
  remove(uid: string, last?: T): boolean {
    const known = this.#byUid.get(uid);
    if (known === undefined) return false;
    this.#byUid.delete(uid);
    const name = nameOf(known.metadata);
    if (this.#byName.get(name) === known) this.#byName.delete(name);
    this.#tell({ kind: 'gone', object: last ?? known });
    return true;
  }

  /**
   * Makes the store equal to a list, whatever the versions say: after a restore from a backup they
   * run backwards. Only while no watch is open.
   */
  replace(items: readonly T[]): void {
    const listed = new Set(items.map(({ metadata }) => metadata.uid));
    for (const uid of [...this.#byUid.keys()]) if (!listed.has(uid)) this.remove(uid);
    for (const item of items) {
      const { uid, resourceVersion } = item.metadata;
      if (this.#byUid.get(uid)?.metadata.resourceVersion !== resourceVersion) this.#put(item);
    }
  }

  #put(object: T): void {
    this.#byUid.set(object.metadata.uid, object);
    this.#byName.set(nameOf(object.metadata), object);
    this.#tell({ kind: 'set', object });
  }
}
