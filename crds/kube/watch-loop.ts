import type { Clock } from '../clock.ts';
import { backoffMs } from './backoff.ts';
import { type Call, KubeUnreachable, pathOf } from './call.ts';
import type { KubeConnection } from './connection.ts';
import { type Listed, listPages } from './list-pages.ts';
import type { KubeObject } from './object-store.ts';
import { type WatchEnd, type WatchEvent, watchStream } from './watch-stream.ts';

export type Log = (message: string, details: Readonly<Record<string, unknown>>) => void;

export interface WatchLoopOptions<T> {
  readonly connection: KubeConnection;
  readonly path: string;
  /** Selectors. */
  readonly query: NonNullable<Call['query']>;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Everything there is, with no watch open. */
  readonly onList: (items: readonly T[]) => void;
  readonly onEvent: (event: WatchEvent<T>) => void;
}

/** As client-go: the server ends each watch after 5 to 10 minutes, so that load spreads again. */
const WATCH_SECONDS_MIN = 300;
/** A watch that worked this long ends a row of failures. */
const HEALTHY_MS = 10_000;
/** After so many failures in a row the version to resume from is itself under suspicion. */
const RESUMES_MAX = 5;

/** List, watch from there, resume after every break, list anew where resuming cannot work. */
export class WatchLoop<T extends KubeObject> {
  readonly #options: WatchLoopOptions<T>;
  #version: string | undefined;
  #stream: AbortController | undefined;
  #openedAt: number | undefined;
  #lists = 0;
  #opened = 0;
  #failures = 0;

  constructor(options: WatchLoopOptions<T>) {
    this.#options = options;
  }

  /** Since when the watch is open, on the monotonic scale; undefined while it is not. */
  get openedAt(): number | undefined {
    return this.#openedAt;
  }

  get counts(): { readonly lists: number; readonly opened: number; readonly failures: number } {
    return { lists: this.#lists, opened: this.#opened, failures: this.#failures };
  }

  /** Replaces the connection of the open watch; it goes on from the version it had reached. */
  restart(): void {
    this.#stream?.abort();
  }

  /** Until `signal` aborts, whatever happens. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log, path } = this.#options;
    let inARow = 0;
    while (!signal.aborted) {
      const end = await this.#attempt(signal);
      const livedMs = this.#openedAt === undefined ? 0 : clock.elapsed() - this.#openedAt;
      this.#openedAt = undefined;
      if (signal.aborted) return;
      const wasHealthy = livedMs >= HEALTHY_MS;
      inARow = wasHealthy ? 0 : inARow + 1;
      if (end.kind === 'stopped' || (end.kind === 'ended' && wasHealthy)) continue;
      if (mustListAnew(end) || inARow >= RESUMES_MAX) this.#version = undefined;
      if (end.kind === 'failed') this.#failures += 1;
      const retryAfterMs = end.kind === 'failed' ? end.retryAfterMs : undefined;
      const waitMs = Math.round(backoffMs({ failures: inARow, retryAfterMs }, random));
      log('watch interrupted; going on by itself', { path, inARow, waitMs, ...end });
      await clock.after(waitMs, signal).catch(() => undefined);
    }
  }

  async #attempt(signal: AbortSignal): Promise<WatchEnd> {
    if (this.#version === undefined) {
      const listed = await this.#list(signal);
      if (signal.aborted) return { kind: 'stopped' };
      if ('kind' in listed) return listed;
      this.#lists += 1;
      this.#version = listed.resourceVersion;
      this.#options.onList(listed.items);
    }
    return this.#watch(this.#version, signal);
  }

  async #list(signal: AbortSignal): Promise<Listed<T> | WatchEnd> {
    const { connection, path, query } = this.#options;
    try {
      const listed = await listPages<T>(connection, path, query, signal);
      if (listed.ok) return listed;
      const { status, reason, message, retryAfterMs } = listed;
      return { kind: 'failed', message: `${status} ${reason}: ${message}`, status, retryAfterMs };
    } catch (fault) {
      if (fault instanceof KubeUnreachable) return { kind: 'failed', message: fault.message };
      if (signal.aborted) return { kind: 'stopped' };
      throw fault;
    }
  }

  #watch(resourceVersion: string, signal: AbortSignal): Promise<WatchEnd> {
    const { connection, path, query, idleMs, random, clock } = this.#options;
    const stream = new AbortController();
    this.#stream = stream;
    return watchStream<T>({
      connection,
      path: pathOf(path, {
        ...query,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        timeoutSeconds: WATCH_SECONDS_MIN + Math.floor(random() * WATCH_SECONDS_MIN),
      }),
      idleMs,
      signal: AbortSignal.any([signal, stream.signal]),
      onOpen: () => {
        this.#opened += 1;
        this.#openedAt = clock.elapsed();
      },
      onEvent: (event) => {
        this.#version = event.object.metadata.resourceVersion;
        this.#options.onEvent(event);
      },
    });
  }
}

/** Expired, or refused for good (400, 404 …): the same version will not do better next time. */
function mustListAnew(end: WatchEnd): boolean {
  if (end.kind === 'expired') return true;
  const status = end.kind === 'failed' ? (end.status ?? 0) : 0;
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}
