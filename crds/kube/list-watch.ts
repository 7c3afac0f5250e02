import { Audit } from './audit.ts';
import { KubeUnreachable } from './call.ts';
import { listPages, withoutBookkeeping } from './list-pages.ts';
import type { ListWatchOptions, ListWatchStats } from './list-watch-options.ts';
import { type Change, type KubeObject, ObjectStore } from './object-store.ts';
import { WatchLoop } from './watch-loop.ts';
import type { WatchEvent } from './watch-stream.ts';

export type { ListWatchOptions, ListWatchStats } from './list-watch-options.ts';

const RELIST_MS = 600_000;
/** A relist that failed is tried again sooner than the next one is due. */
const RELIST_RETRY_MS = 30_000;
/** Bookmarks come about every minute, the first one was measured after 121 s. */
const IDLE_MS = 150_000;
/** How long the watch may lag behind another read before it has missed something. */
const GRACE_MS = 2_000;

/**
 * Keeps a copy of the objects under a path, for ever. Changes arrive through `onChange` in the turn
 * in which their bytes arrive. An object deleted and made again is `gone`, then `set`.
 *
 * A vanished peer is noticed within 22 s (kernel probes); one that is frozen within `idleMs`, or within
 * 2 s of another read that is given to `saw`.
 */
export class ListWatch<T extends KubeObject> {
  readonly #options: ListWatchOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #audit: Audit<T>;
  readonly #loop: WatchLoop<T>;
  readonly #query: { readonly fieldSelector?: string; readonly labelSelector?: string };
  readonly #stopping = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  #running: Promise<unknown> | undefined;
  #settling: Promise<void> | undefined;
  #hasSynced = false;
  #relists = 0;
  #missed = 0;
  #events = 0;
  #lastEventAt: number | undefined;

  constructor(options: ListWatchOptions<T>) {
    const { connection, path, clock, random, fieldSelector, labelSelector } = options;
    this.#options = options;
    this.#query = {
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
    this.#store = new ObjectStore((change) => this.#tell(change));
    this.#audit = new Audit(this.#store);
    this.#loop = new WatchLoop<T>({
      ...{ connection, path, clock, random, query: this.#query },
      idleMs: options.idleMs ?? IDLE_MS,
      log: options.log ?? (() => undefined),
      onList: (items) => this.#replace(items),
      onEvent: (event) => this.#take(event),
    });
    this.#firstList.promise.catch(() => undefined); // whoever calls synced() hears of it
  }

  start(): void {
    if (this.#running || this.#stopping.signal.aborted) return;
    const { signal } = this.#stopping;
    this.#running = Promise.all([this.#loop.run(signal), this.#relist(signal)]).catch((fault) =>
      this.#crash(fault),
    );
  }

  /** After it resolves nothing is open, nothing runs and `onChange` is not called again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the list-watch was stopped'));
    this.#firstList.reject(this.#stopping.signal.reason);
    await this.#running;
    await this.#settling;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves once everything was listed; rejects when stopped before. */
  synced(): Promise<void> {
    return this.#firstList.promise;
  }

  get(key: string | { readonly namespace: string; readonly name: string }): T | undefined {
    return typeof key === 'string' ? this.#store.byUid(key) : this.#store.byName(key);
  }

  list(): readonly T[] {
    return this.#store.list();
  }

  /**
   * Takes in a state that was read elsewhere, such as by a consistent GET, so that it reaches
   * `onChange` even if the watch is frozen. The watch has 2 s to deliver it too; one that does not
   * is counted and replaced.
   */
  saw(object: T): void {
    if (this.#stopping.signal.aborted || !this.#hasSynced) return;
    this.#audit.saw(withoutBookkeeping(object), this.#options.clock.elapsed());
    this.#settle();
  }

  /** Milliseconds since the last event, bookmark or list; undefined before the first. */
  ageMs(): number | undefined {
    if (this.#lastEventAt === undefined) return undefined;
    return this.#options.clock.elapsed() - this.#lastEventAt;
  }

  stats(): ListWatchStats {
    const { lists, opened, failures } = this.#loop.counts;
    return {
      missed: this.#missed,
      relists: Math.max(0, lists - 1) + this.#relists,
      reconnects: Math.max(0, opened - 1),
      failures,
      events: this.#events,
      watching: this.#loop.openedAt !== undefined,
      lastEventAtElapsed: this.#lastEventAt,
    };
  }

  #take(event: WatchEvent<T>): void {
    const { object } = event;
    const { uid, resourceVersion } = object.metadata;
    const now = this.#options.clock.elapsed();
    this.#events += 1;
    this.#lastEventAt = now;
    if (event.type === 'BOOKMARK') return;
    withoutBookkeeping(object);
    if (event.type === 'DELETED') {
      this.#audit.deleted(uid, now);
      this.#store.remove(uid, object);
    } else if (!this.#audit.isBuried(uid)) {
      this.#audit.delivered(uid, resourceVersion);
      this.#store.set(object);
    }
  }

  #replace(items: readonly T[]): void {
    this.#lastEventAt = this.#options.clock.elapsed();
    this.#audit.forgive();
    this.#store.replace(items);
    this.#hasSynced = true;
    this.#firstList.resolve();
  }

  /** Lists everything now and then, beside the open watch, and compares. */
  async #relist(signal: AbortSignal): Promise<void> {
    const { clock, random, relistMs = RELIST_MS } = this.#options;
    let waitMs = relistMs * (0.9 + 0.2 * random());
    while (!signal.aborted) {
      await clock.after(waitMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const succeeded = await this.#compare(signal);
      waitMs = succeeded ? relistMs * (0.9 + 0.2 * random()) : Math.min(relistMs, RELIST_RETRY_MS);
    }
  }

  async #compare(signal: AbortSignal): Promise<boolean> {
    const { connection, path, clock } = this.#options;
    const { lists } = this.#loop.counts;
    this.#audit.listing(true);
    try {
      const listed = await listPages<T>(connection, path, this.#query, signal);
      // The loop is listing by itself, or has meanwhile: ours is older.
      if (signal.aborted || !listed.ok || lists !== this.#loop.counts.lists) return false;
      this.#relists += 1;
      this.#audit.compare(listed.items, listed.resourceVersion, clock.elapsed());
    } catch (fault) {
      if (!signal.aborted && !(fault instanceof KubeUnreachable)) throw fault;
      return false;
    } finally {
      this.#audit.listing(false);
      this.#settle();
    }
    return true;
  }

  /** Gives the watch its grace, once at a time, until it owes nothing. */
  #settle(): void {
    if (this.#settling || this.#audit.isIdle || this.#stopping.signal.aborted) return;
    this.#settling = this.#collect(this.#stopping.signal).finally(() => {
      this.#settling = undefined;
    });
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { clock, path, log } = this.#options;
    while (!signal.aborted && !this.#audit.isIdle) {
      await clock.after(GRACE_MS, signal).catch(() => undefined);
      const before = clock.elapsed() - GRACE_MS;
      const { openedAt } = this.#loop;
      // A watch that is down, or has just come back, is still going to deliver it.
      if (signal.aborted || openedAt === undefined || openedAt > before) continue;
      const missed = this.#audit.overdue(before);
      if (missed === 0) continue;
      this.#missed += missed;
      log?.('the watch missed changes; replacing its connection', { path, missed });
      this.#loop.restart();
    }
  }

  #tell(change: Change<T>): void {
    if (this.#stopping.signal.aborted) return;
    try {
      this.#options.onChange(change);
    } catch (fault) {
      this.#crash(fault);
    }
  }

  /** A receiver that throws has lost a change for good; a new process starts from a new list. */
  #crash(fault: unknown): void {
    this.#stopping.abort(fault);
    this.#firstList.reject(fault);
    const { crash = endProcess } = this.#options;
    crash(fault);
  }
}

function endProcess(fault: unknown): void {
  queueMicrotask(() => {
    throw fault;
  });
}
