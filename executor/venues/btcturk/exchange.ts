import type { Client, Dispatcher } from 'undici';
import type { Clock } from '../../../crds/clock.ts';
import { without } from '../../redact.ts';

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the request proves itself with: removed from the answer, which may repeat it. */
  readonly secrets?: readonly string[];
}

/** What happened on the wire, and above all whether a byte of the request left. */
export type WireReply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'lost'; readonly cause: 'timeout' | 'network'; readonly message: string }
  | { readonly kind: 'not-written'; readonly message: string }
  | { readonly kind: 'refused' };

export interface ExchangeTerms {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Asked on the turn that writes, right before the first byte; false: nothing is written. */
  readonly atWrite?: () => boolean;
}

/** One request, written at most once. Never throws: what could not be sent or answered is a value. */
export function exchange(
  client: Client,
  request: WireRequest,
  terms: ExchangeTerms,
): Promise<WireReply> {
  const { promise, resolve } = Promise.withResolvers<WireReply>();
  const { method, path, headers = {}, body, secrets = [] } = request;
  const answer = new Answer(terms, (reply) => resolve(clean(reply, secrets)));
  client.dispatch({ method, path, headers, body: body ?? null }, answer);
  return promise;
}

/** Before anything reads it: what the venue repeats must reach no journal, answer or log. */
function clean(reply: WireReply, secrets: readonly string[]): WireReply {
  if (reply.kind === 'answer') return { ...reply, text: without(secrets, reply.text) };
  return 'message' in reply ? { ...reply, message: without(secrets, reply.message) } : reply;
}

/** One for all: nobody looks at it, and making one costs its stack. */
const SETTLED = new Error('settled');

/** Follows one request; undici calls the methods. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #terms: ExchangeTerms;
  readonly #resolve: (reply: WireReply) => void;
  readonly #deadline = new AbortController();
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #state: 'waiting' | 'refused' | 'written' = 'waiting';
  #isLate = false;
  #status = 0;
  #retryAfterMs: number | undefined;

  constructor(terms: ExchangeTerms, resolve: (reply: WireReply) => void) {
    this.#terms = terms;
    this.#resolve = resolve;
    const { clock, timeoutMs } = terms;
    clock.after(timeoutMs, this.#deadline.signal).then(
      () => this.#expire(),
      () => undefined,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isLate || this.#terms.atWrite?.() === false) {
      if (!this.#isLate) this.#state = 'refused';
      // Thrown, not aborted: undici drops the request and keeps the connection.
      throw new Error('not written');
    }
    this.#state = 'written';
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    const seconds = Number(headers['retry-after']);
    if (headers['retry-after'] !== undefined && seconds >= 0) this.#retryAfterMs = seconds * 1_000;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle({
      kind: 'answer',
      status: this.#status,
      text: Buffer.concat(this.#chunks).toString('utf8'),
      ...(this.#retryAfterMs === undefined ? {} : { retryAfterMs: this.#retryAfterMs }),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, fault: Error): void {
    const message = this.#isLate ? `no answer within ${this.#terms.timeoutMs} ms` : fault.message;
    if (this.#state === 'refused') this.#settle({ kind: 'refused' });
    else if (this.#state === 'waiting') this.#settle({ kind: 'not-written', message });
    else this.#settle({ kind: 'lost', cause: this.#isLate ? 'timeout' : 'network', message });
  }

  #expire(): void {
    this.#isLate = true;
    const message = `no connection within ${this.#terms.timeoutMs} ms`;
    // Still waiting for its connection: should that come about, nothing is written on it.
    if (this.#state === 'waiting') this.#settle({ kind: 'not-written', message });
    else this.#controller?.abort(new Error('the deadline passed'));
  }

  #settle(reply: WireReply): void {
    this.#deadline.abort(SETTLED);
    this.#resolve(reply);
  }
}
