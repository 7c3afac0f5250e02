import type { Clock } from '../crds/clock.ts';
import type { Gate } from './gate/gate.ts';
import type { Entry, Journal } from './journal/journal.ts';
import type { Log } from './log.ts';
import { type OrderBook, orderOf } from './order/book.ts';
import type { Order, OrderEvent, OrderId, Terms } from './order/order.ts';

export interface RecorderParts {
  readonly clock: Clock;
  readonly gate: Pick<Gate, 'sight'>;
  readonly journal: Journal;
  readonly book: OrderBook;
  readonly log: Log;
  /** Called after each event that changed an order. */
  readonly onEvent: (order: Order, event: OrderEvent) => void;
  readonly onIllegal: (event: OrderEvent['kind']) => void;
}

/** A venue that answers sooner saves an fsync; a slower one finds the disk free when it does. */
export const NOTED_MS = 10;

/** The one writer of journal and book. */
export class Recorder {
  readonly #parts: RecorderParts;
  /** In the book, and not yet on their way into the journal. */
  readonly #noted = new Map<OrderId, readonly Entry[]>();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /**
   * Durable first, then in the book: nothing leaves for an order that is not on disk. `bound` is the
   * order that has its key already; then nothing was written.
   */
  async receive(terms: Terms): Promise<{ readonly bound: Order | undefined }> {
    const { journal, book } = this.#parts;
    const entry: Entry = {
      at: terms.receivedAt,
      orderId: terms.id,
      event: { kind: 'received', terms },
    };
    const bound = orderOf(await journal.append([entry]));
    if (bound !== undefined) return { bound };
    const order = book.apply(entry);
    if ('illegal' in order) throw new Error(`order ${terms.id} is in the book already`);
    return { bound };
  }

  /**
   * In the book at once; in the journal in one piece with the order's next events, or after
   * `NOTED_MS`. Only for what a restart need not know: an order that may have left is asked about,
   * whether the journal says `sent` or not.
   */
  note(id: OrderId, event: OrderEvent): void {
    const entries = this.#applied(id, [event]);
    this.#noted.set(id, [...(this.#noted.get(id) ?? []), ...entries]);
    void this.#parts.clock.after(NOTED_MS).then(() => this.#write(id, []));
  }

  /**
   * In the book at once, durable when it resolves. Events go in one piece. A journal that fails is
   * logged and does not reject: what the venue has done stays true, and a restart asks it again.
   */
  async record(id: OrderId, ...events: readonly OrderEvent[]): Promise<void> {
    await this.#write(id, this.#applied(id, events));
  }

  async #write(id: OrderId, news: readonly Entry[]): Promise<void> {
    const { journal, log } = this.#parts;
    const entries = [...(this.#noted.get(id) ?? []), ...news];
    this.#noted.delete(id);
    if (entries.length === 0) return;
    try {
      await journal.append(entries);
    } catch (fault) {
      const kinds = entries.map(({ event }) => event.kind);
      log.error({ err: fault, orderId: id, kinds }, 'not in the journal; kept in memory');
    }
  }

  #applied(id: OrderId, events: readonly OrderEvent[]): readonly Entry[] {
    const at = this.#parts.clock.wall();
    const entries = events.map((event): Entry => ({ at, orderId: id, event: this.#told(event) }));
    for (const entry of entries) this.#apply(entry);
    return entries;
  }

  /** What a latch does to an order carries the name of its incident. */
  #told(event: OrderEvent): OrderEvent {
    const { latched, incident } = this.#parts.gate.sight.object?.status?.rollback ?? {};
    if (!latched || incident === undefined) return event;
    return event.kind === 'dropped' || event.kind === 'cancel-asked'
      ? { ...event, incident }
      : event;
  }

  #apply(entry: Entry): void {
    const { book, log, onEvent, onIllegal } = this.#parts;
    const next = book.apply(entry);
    if (!('illegal' in next)) {
      onEvent(next, entry.event);
      return;
    }
    onIllegal(next.event);
    log.warn({ orderId: entry.orderId, from: next.from, event: next.event }, 'illegal order event');
  }
}
