import type { FastifyReply } from 'fastify';
import type { Clock } from '../../../crds/clock.ts';
import { NO_STORE, SECURITY_HEADERS } from '../guard.ts';

/** Who does not read for this long is cut off; the page connects again and gets everything anew. */
const SLOW_MS_MAX = 15_000;

/**
 * One reader of server-sent events. It never holds more than one message that was not read: the
 * next is made when the last has gone, of what is then the case.
 */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #ended = new AbortController();

  /** Takes the answer over and sends its head. */
  constructor(reply: FastifyReply) {
    this.#reply = reply;
    reply.hijack();
    reply.raw.on('close', () => this.#ended.abort(new Error('the reader has gone')));
    reply.raw.on('error', () => this.end());
    reply.raw.writeHead(200, {
      ...{ ...SECURITY_HEADERS, ...NO_STORE },
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    });
    reply.raw.flushHeaders();
  }

  /** Aborts when the reader has gone or the stream was ended. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves when the last message has gone; ends the stream of a reader that is too slow. */
  async ready(clock: Clock): Promise<void> {
    const { raw } = this.#reply;
    if (!raw.writableNeedDrain) return;
    const done = new AbortController();
    const wake = () => done.abort();
    raw.once('drain', wake);
    const signal = AbortSignal.any([done.signal, this.signal]);
    await clock.after(SLOW_MS_MAX, signal).then(
      () => raw.destroy(),
      () => undefined,
    );
    raw.off('drain', wake);
  }

  /** One event; `json` is its data. */
  send(json: string): void {
    if (!this.signal.aborted) this.#reply.raw.write(`data: ${json}\n\n`);
  }

  end(): void {
    this.#ended.abort(new Error('the stream was ended'));
    this.#reply.raw.end();
  }
}
