import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Refusal } from '../../http/refusal.ts';
import type { Person } from '../session/people.ts';
import type { Attendance } from './attendance.ts';
import { EventStream } from './event-stream.ts';

/** A person with a few windows open. */
const PER_SESSION_MAX = 12;
/** Signing in again opens no more: one person must not take the windows of all. */
const PER_PERSON_MAX = 48;
const IN_ALL_MAX = 256;

/** The streams that are open, and how many there may be. */
export class Streams {
  readonly #open = new Map<EventStream, Person>();
  readonly #log: Logger;
  readonly #attendance: Pick<Attendance, 'came' | 'left'>;

  constructor(log: Logger, attendance: Pick<Attendance, 'came' | 'left'>) {
    this.#log = log;
    this.#attendance = attendance;
  }

  /** Opens one more and lets `feed` run it to its end. Refuses with 429. */
  open(
    person: Person,
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    feed: (stream: EventStream) => Promise<void>,
  ): void {
    const own = [...this.#open.values()].filter(({ username }) => username === person.username);
    const ofSession = own.filter(({ id }) => id === person.id);
    const isFull = ofSession.length >= PER_SESSION_MAX || own.length >= PER_PERSON_MAX;
    if (isFull || this.#open.size >= IN_ALL_MAX) {
      const why = 'too many windows of the console are open; close one';
      throw new Refusal(429, 'TOO_MANY_STREAMS', why);
    }
    const stream = new EventStream(reply);
    this.#open.set(stream, person);
    this.#attendance.came();
    void feed(stream)
      .catch((err) => {
        const isExpected = stream.signal.aborted || err instanceof Refusal;
        if (!isExpected) this.#log.warn({ err, url: request.url }, 'a stream has ended');
      })
      .finally(() => {
        this.#open.delete(stream);
        this.#attendance.left();
        stream.end();
      });
  }

  close(): void {
    for (const stream of this.#open.keys()) stream.end();
  }
}
