import { compareVersions, type KubeObject, type ObjectStore } from './object-store.ts';

const GONE = 'gone';

interface Owed {
  /** The resourceVersion the watch has to reach, or GONE. */
  readonly version: string;
  readonly since: number;
}

/**
 * Holds a watch to account. What another read shows is taken in at once and is then expected of
 * the watch; what it does not deliver in time, it has missed. Instants are on the monotonic scale.
 */
export class Audit<T extends KubeObject> {
  readonly #store: ObjectStore<T>;
  readonly #owed = new Map<string, Owed>();
  /** Deleted for good (a uid never returns): older events still under way must not revive them. */
  readonly #buried = new Map<string, number>();
  #listing = false;

  constructor(store: ObjectStore<T>) {
    this.#store = store;
  }

  /** Whether nothing is owed or remembered. */
  get isIdle(): boolean {
    return this.#owed.size === 0 && this.#buried.size === 0;
  }

  /** A list is under way: what the watch deletes from now on may still be in it. */
  listing(isUnderWay: boolean): void {
    this.#listing = isUnderWay;
  }

  isBuried(uid: string): boolean {
    return this.#buried.size > 0 && this.#buried.has(uid);
  }

  /** The watch has delivered a state. */
  delivered(uid: string, version: string): void {
    if (this.#owed.size === 0) return;
    const owed = this.#owed.get(uid);
    if (owed === undefined || owed.version === GONE) return;
    if (compareVersions(version, owed.version) >= 0) this.#owed.delete(uid);
  }

  /** The watch has delivered a deletion. */
  deleted(uid: string, now: number): void {
    this.#owed.delete(uid);
    if (this.#listing) this.#buried.set(uid, now);
  }

  /** Takes one state in that was read elsewhere. */
  saw(object: T, now: number): void {
    const { uid, resourceVersion: version } = object.metadata;
    if (!this.isBuried(uid) && this.#store.set(object))
      this.#owed.set(uid, { version, since: now });
  }

  /** Takes a whole list in, read at `listVersion`; the watch may already be ahead of it. */
  compare(items: readonly T[], listVersion: string, now: number): void {
    const listed = new Set(items.map(({ metadata }) => metadata.uid));
    for (const { metadata } of this.#store.list()) {
      const madeLater = compareVersions(metadata.resourceVersion, listVersion) > 0;
      if (listed.has(metadata.uid) || madeLater) continue;
      this.#buried.set(metadata.uid, now);
      this.#owed.set(metadata.uid, { version: GONE, since: now });
      this.#store.remove(metadata.uid);
    }
    for (const item of items) this.saw(item, now);
  }

  /** How many differences are owed since `before` or longer; those are then forgiven. */
  overdue(before: number): number {
    let count = 0;
    for (const [uid, { since }] of this.#owed) {
      if (since > before) continue;
      this.#owed.delete(uid);
      count += 1;
    }
    if (!this.#listing) {
      for (const [uid, since] of this.#buried) if (since <= before) this.#buried.delete(uid);
    }
    return count;
  }

  /** Everything was listed anew with no watch open: nobody owes anything. */
  forgive(): void {
    this.#owed.clear();
    this.#buried.clear();
  }
}
