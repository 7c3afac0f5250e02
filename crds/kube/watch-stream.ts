import type { Dispatcher } from 'undici';
import { refusal } from './call.ts';
import type { KubeConnection } from './connection.ts';
import { EventLines } from './event-lines.ts';

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export type WatchEnd =
  /** The server closed it, as it does after `timeoutSeconds`. */
  | { readonly kind: 'ended' }
  /** The version to go on from is gone: list anew. */
  | { readonly kind: 'expired'; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** HTTP status or the code of an ERROR event; absent for broken I/O. */
      readonly status?: number;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'stopped' };

export interface WatchRequest<T> {
  readonly connection: KubeConnection;
  /** With its query. */
  readonly path: string;
  /** Silence after which the connection counts as half-open. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  /** Called in the very turn in which the bytes arrive. ERROR events never come here. */
  readonly onEvent: (event: WatchEvent<T>) => void;
}

/** The API server answers a watch at once; one that does not is frozen or overrun. */
const HEADERS_TIMEOUT_MS = 10_000;
const REFUSAL_BYTES_MAX = 64 * 1024;

interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/**
 * One watch, from its request to its end; never throws. It works on the dispatcher's own callbacks
 * because a stream between socket and gate costs turns of the event loop, and the kill rides on it.
 */
export function watchStream<T>(request: WatchRequest<T>): Promise<WatchEnd> {
  return new Promise((resolve) => {
    if (request.signal.aborted) return resolve({ kind: 'stopped' });
    const stream = new WatchStream(request, resolve);
    try {
      request.connection.dispatcher.dispatch(optionsOf(request), stream);
    } catch (fault) {
      // Nothing was sent: a token that cannot be read, an agent that has been closed.
      stream.fail(fault);
    }
  });
}

type Place = Pick<WatchRequest<never>, 'connection' | 'path' | 'idleMs'>;

function optionsOf({ connection, path, idleMs }: Place): Dispatcher.DispatchOptions {
  const authorization = connection.authorization();
  return {
    origin: connection.origin,
    path,
    method: 'GET',
    headers: {
      accept: 'application/json',
      'user-agent': 'spark-trading',
      ...(authorization === undefined ? {} : { authorization }),
    },
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: idleMs,
  };
}

class WatchStream<T> implements Dispatcher.DispatchHandler {
  readonly #request: WatchRequest<T>;
  readonly #resolve: (end: WatchEnd) => void;
  readonly #lines = new EventLines();
  readonly #stop = () => this.#finish({ kind: 'stopped' });
  #controller: Dispatcher.DispatchController | undefined;
  #finished = false;
  #refused: { statusCode: number; headers: Dispatcher.ResponseData['headers'] } | undefined;
  #refusal = '';

  constructor(request: WatchRequest<T>, resolve: (end: WatchEnd) => void) {
    this.#request = request;
    this.#resolve = resolve;
    request.signal.addEventListener('abort', this.#stop, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Stopped while waiting for a socket: it must not be opened behind our back.
    if (this.#finished) controller.abort(new Error('stopped'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Dispatcher.ResponseData['headers'],
  ): void {
    if (statusCode < 200 || this.#finished) return;
    if (statusCode === 200) this.#request.onOpen();
    else this.#refused = { statusCode, headers };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#refused) {
      if (this.#refusal.length < REFUSAL_BYTES_MAX) this.#refusal += chunk.toString('utf8');
      return;
    }
    const fault = this.#lines.push(chunk, (line) => this.#take(line));
    if (fault !== undefined) this.#finish({ kind: 'failed', message: fault });
  }

  onResponseEnd(): void {
    if (this.#refused) {
      const { status, reason, message, retryAfterMs } = refusal(this.#refused, this.#refusal);
      this.#finish(judged({ code: status, reason, message }, retryAfterMs));
    } else if (this.#lines.pending) {
      this.#finish({ kind: 'failed', message: 'the watch ended in the middle of an event' });
    } else {
      this.#finish({ kind: 'ended' });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(fault: unknown): void {
    this.#finish({ kind: 'failed', message: String(fault) });
  }

  /** One event; false once nothing more is wanted. */
  #take(line: string): boolean {
    if (this.#finished) return false;
    const event = JSON.parse(line) as WatchEvent<T>;
    if (event.type === 'ERROR') {
      const status = event.object as Status;
      const seconds = status.details?.retryAfterSeconds;
      this.#finish(judged(status, seconds === undefined ? undefined : seconds * 1_000));
      return false;
    }
    const { metadata } = event.object as { metadata?: { resourceVersion?: unknown } };
    if (typeof metadata?.resourceVersion !== 'string') {
      this.#finish({ kind: 'failed', message: `no event of a watch: ${line.slice(0, 100)}` });
      return false;
    }
    this.#request.onEvent(event);
    return !this.#finished;
  }

  #finish(end: WatchEnd): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#request.signal.removeEventListener('abort', this.#stop);
    this.#controller?.abort(new Error(end.kind));
    this.#resolve(end);
  }
}

function judged(status: Status, retryAfterMs: number | undefined): WatchEnd {
  const { code = 0, reason = '', message = '' } = status;
  const text = `${code} ${reason}: ${message}`;
  const expired =
    code === 410 ||
    reason === 'Expired' ||
    reason === 'Gone' ||
    // The server's history ends before our version: it was restored from a backup.
    message.includes('Too large resource version');
  if (expired) return { kind: 'expired', message: text };
  return { kind: 'failed', message: text, status: code, retryAfterMs };
}
