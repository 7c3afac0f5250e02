import type { Clock } from '../crds/clock.ts';
import type { TradingExecutorSpec } from '../crds/trading-executor.ts';
import type { DeskView } from './desk.ts';
import type { Gate } from './gate/gate.ts';
import { firstDenial, lastGate } from './guards/chain.ts';
import { type Denial, denial } from './guards/denial.ts';
import { denialOf } from './guards/shut.ts';
import type { Bulkhead } from './lanes/bulkhead.ts';
import type { Log } from './log.ts';
import { mark } from './marks.ts';
import type { Metrics } from './metrics.ts';
import type { OrderBook } from './order/book.ts';
import type { ErrorClass, Order, OrderEvent, OrderId, Outcome, Terms } from './order/order.ts';
import type { Recorder } from './recorder.ts';
import type { PlaceReply, Venue } from './venues/venue.ts';
import type { Hold } from './windows.ts';

export interface Start {
  readonly terms: Terms;
  readonly hold: Hold;
  readonly spec: TradingExecutorSpec;
  /** Monotonic ms. */
  readonly receivedAt: number;
}

export interface JourneyParts {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly desk: DeskView;
  readonly book: OrderBook;
  readonly bulkhead: Bulkhead;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly venueFor: (terms: Terms) => Venue;
  /** An order's outcome is recorded and nothing of it is under way any more. */
  readonly onSettled: (id: OrderId) => void;
}

interface Ending {
  readonly event: OrderEvent;
  readonly outcome: Outcome;
  readonly errorClass: ErrorClass;
  /** Its deadline is what ended it; a timer may fire a little before the clock says so. */
  readonly isLate?: boolean;
}

/** What a journalled order goes through: its queue, the last gate, the venue, its outcome. */
export class Journey {
  readonly #parts: JourneyParts;
  readonly #underway = new Set<OrderId>();
  readonly #withdrawn = new Set<OrderId>();
  #idle = Promise.withResolvers<void>();

  constructor(parts: JourneyParts) {
    this.#parts = parts;
    this.#idle.resolve();
  }

  /** From before an order is in the journal to its outcome. */
  expect(id: OrderId): void {
    if (this.#underway.size === 0) this.#idle = Promise.withResolvers<void>();
    this.#underway.add(id);
  }

  forget(id: OrderId): void {
    this.#underway.delete(id);
    this.#withdrawn.delete(id);
    if (this.#underway.size === 0) this.#idle.resolve();
  }

  isUnderway(id: OrderId): boolean {
    return this.#underway.has(id);
  }

  get underway(): number {
    return this.#underway.size;
  }

  /** Resolves when nothing is queued or on the wire. */
  idle(): Promise<void> {
    return this.#idle.promise;
  }

  /** Its caller cancelled it while it waited: it never leaves. */
  withdraw(id: OrderId): void {
    this.#withdrawn.add(id);
  }

  /** Never rejects for what a venue does; ends with the order's outcome recorded. */
  async run(start: Start): Promise<Order> {
    const { terms, hold } = start;
    const observed = this.#observe(start);
    try {
      const ending = await this.#travel(start);
      return await this.#end(start, ending, observed);
    } finally {
      hold.release();
      this.forget(terms.id);
      this.#parts.onSettled(terms.id);
    }
  }

  async #travel(start: Start): Promise<Ending> {
    const { bulkhead, clock, gate, venueFor } = this.#parts;
    const { terms, spec, receivedAt } = start;
    const waitMs = Math.max(0, spec.venue.timeoutMs - (clock.elapsed() - receivedAt));
    const turn = await bulkhead.enter(terms.symbol, waitMs);
    if (turn.kind === 'expired') return { ...dropped(tooOld), isLate: true };
    if (turn.kind === 'flushed') return dropped(denialOf(gate.view().reasons) ?? tooOld);
    mark('turn', terms);
    let refusal: Denial | undefined;
    try {
      const reply = await venueFor(terms).place(terms, turn.slot, () => {
        refusal = this.#lastGate(start);
        return refusal === undefined;
      });
      return ended(reply, refusal);
    } finally {
      bulkhead.leave(turn.slot);
    }
  }

  /** On the turn that writes: asked again, charged, and marked as sent. */
  #lastGate({ terms, hold, spec, receivedAt }: Start): Denial | undefined {
    const { clock, desk, recorder } = this.#parts;
    if (this.#withdrawn.has(terms.id)) return withdrawn;
    const current = desk.spec() ?? spec;
    const asked = desk.proposal(current, terms, { mode: terms.mode, receivedAt });
    // What it is worth was settled when it was accepted; a price that has moved does not reopen it.
    const proposal = { ...asked, notional: terms.notionalTry };
    const refusal = firstDenial(lastGate, proposal, desk.now(current, 'charged'));
    if (refusal !== undefined) return refusal;
    hold.charge(clock.elapsed());
    recorder.note(terms.id, { kind: 'sent' });
    return undefined;
  }

  async #end(start: Start, ending: Ending, observed: Observation): Promise<Order> {
    const { clock, recorder, metrics, book, log } = this.#parts;
    const { terms, receivedAt } = start;
    const { outcome, errorClass, event } = ending;
    const latencyMs = clock.elapsed() - receivedAt;
    observed.answer(outcome, ending.isLate ? Number.POSITIVE_INFINITY : latencyMs);
    metrics.placed(outcome, errorClass, terms.mode);
    const placed = { outcome, errorClass, latencyMs, at: clock.wall() };
    await recorder.record(terms.id, event, { kind: 'placed', placed });
    mark('settled', terms);
    const order = book.get(terms.id);
    if (order === undefined) throw new Error(`order ${terms.id} left the book while it was placed`);
    const placeLatencyS = Math.round(latencyMs * 1_000) / 1_000_000;
    const { id: orderId, symbol, mode } = terms;
    const line = { orderId, symbol, mode, outcome, errorClass, placeLatencyS };
    setImmediate(() => log.info(line, 'order answered')); // its caller hears first
    return order;
  }

  /** Each order is observed exactly once: at its answer, or at its deadline as over every bucket. */
  #observe({ terms, spec }: Start): Observation {
    const { clock, metrics, book } = this.#parts;
    const answered = new AbortController();
    const answer = (outcome: Outcome, latencyMs: number) => {
      if (answered.signal.aborted) return;
      answered.abort(ANSWERED);
      const isLate = latencyMs >= spec.venue.timeoutMs;
      const seconds = isLate ? Number.POSITIVE_INFINITY : latencyMs / 1_000;
      metrics.acknowledged(outcome, terms.mode, seconds);
    };
    clock.after(spec.venue.timeoutMs, answered.signal).then(
      () => {
        const hasLeft = book.get(terms.id)?.state !== 'received';
        answer(hasLeft ? 'unknown' : 'unsent', Number.POSITIVE_INFINITY);
      },
      () => undefined,
    );
    return { answer };
  }
}

interface Observation {
  answer(outcome: Outcome, latencyMs: number): void;
}

/** One for all: nobody looks at it, and making one for each order costs its stack. */
const ANSWERED = new Error('answered');
const tooOld = denial('ORDER_TOO_OLD', 'the order waited too long for its turn; it was not sent');
const withdrawn = denial('CANCELED_BEFORE_SENT', 'cancelled by its caller before it was sent');

function dropped(refusal: Denial, errorClass: ErrorClass = 'gate'): Ending {
  const { code, message } = refusal;
  return { event: { kind: 'dropped', code, message }, outcome: 'unsent', errorClass };
}

function ended(reply: PlaceReply, refusal: Denial | undefined): Ending {
  switch (reply.kind) {
    case 'acked':
      return { event: { kind: 'seen', view: reply.view }, outcome: 'acked', errorClass: 'none' };
    case 'rejected': {
      const { errorClass, message } = reply;
      return { event: { kind: 'rejected', errorClass, message }, outcome: 'rejected', errorClass };
    }
    case 'unknown': {
      const { errorClass, message: cause } = reply;
      return { event: { kind: 'lost', cause }, outcome: 'unknown', errorClass };
    }
    case 'gated':
      return dropped(
        refusal ?? denial('VENUE_UNREACHABLE', 'the connection took too long; not sent'),
      );
    case 'not-sent':
      return dropped(
        denial(reply.code ?? 'VENUE_UNREACHABLE', `not sent: ${reply.message}`),
        reply.code === 'VENUE_BREAKER_OPEN' ? 'gate' : 'network',
      );
    default:
      return reply satisfies never;
  }
}
