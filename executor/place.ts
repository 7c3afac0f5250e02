import type { Clock, EpochMs } from '../crds/clock.ts';
import type { TradingExecutorSpec } from '../crds/trading-executor.ts';
import type { Denials } from './denials.ts';
import type { DeskView } from './desk.ts';
import type { Gate } from './gate/gate.ts';
import { chain, firstDenial } from './guards/chain.ts';
import { type Denial, denial } from './guards/denial.ts';
import type { Proposal } from './guards/guard.ts';
import { denialOf } from './guards/shut.ts';
import { type Journal, scopeOf } from './journal/journal.ts';
import type { Journey, Start } from './journey.ts';
import type { Bulkhead } from './lanes/bulkhead.ts';
import type { Log } from './log.ts';
import { mark } from './marks.ts';
import type { Metrics } from './metrics.ts';
import type { Amount } from './order/amount.ts';
import { type OrderBook, orderOf } from './order/book.ts';
import type { Order, OrderId, Terms } from './order/order.ts';
import type { PlaceRequest } from './order/request.ts';
import type { Recorder } from './recorder.ts';
import type { Windows } from './windows.ts';

export interface Ask {
  readonly caller: string;
  readonly key: string;
  readonly request: PlaceRequest;
  readonly hash: string;
}

export type PlaceAnswer =
  | { readonly kind: 'denied'; readonly denial: Denial }
  /** The key is bound to another body. */
  | { readonly kind: 'conflict'; readonly order: Order }
  | { readonly kind: 'dry-run'; readonly notionalTry: Amount }
  | { readonly kind: 'order'; readonly order: Order; readonly isReplay: boolean };

export interface PlaceParts {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly gate: Gate;
  readonly desk: DeskView;
  readonly windows: Windows;
  readonly book: OrderBook;
  readonly journal: Journal;
  readonly recorder: Recorder;
  readonly bulkhead: Bulkhead;
  readonly journey: Journey;
  readonly metrics: Metrics;
  readonly denials: Denials;
  readonly log: Log;
}

/**
 * SPINE of an order: replay look-up and guards in memory -> journal, which knows older keys -> journey
 * to the venue -> answer. What the journal has no receipt to write for is looked up there.
 */
export class Place {
  readonly #parts: PlaceParts;
  /** Keys being looked up or journalled right now: a twin waits, it does not race. */
  readonly #claims = new Map<string, Promise<void>>();

  constructor(parts: PlaceParts) {
    this.#parts = parts;
  }

  async place(ask: Ask): Promise<PlaceAnswer> {
    const { clock, journey } = this.#parts;
    const received = { wall: clock.wall(), elapsed: clock.elapsed() };
    const scope = scopeOf(ask.caller, ask.key);
    for (let other = this.#claims.get(scope); other; other = this.#claims.get(scope)) await other;
    const claim = Promise.withResolvers<void>();
    this.#claims.set(scope, claim.promise);
    let begun: Begun;
    try {
      begun = await this.#begin(ask, received);
    } finally {
      this.#claims.delete(scope);
      claim.resolve();
    }
    if (!('start' in begun)) {
      if (begun.kind === 'denied') this.#parts.denials.add(begun.denial.code, ask.caller);
      return begun;
    }
    const order = await journey.run(begun.start);
    return { kind: 'order', order, isReplay: false };
  }

  /** Everything up to the journal. A guard's refusal binds nothing. */
  async #begin(ask: Ask, received: Moment): Promise<Begun> {
    const known = this.#parts.book.byScope(ask.caller, ask.key);
    if (known !== undefined) return replay(known, ask.hash);
    let admitted = this.#admit(ask, received.elapsed);
    if (admitted.kind === 'denied' || ask.request.dryRun) {
      const bound = await this.#bound(scopeOf(ask.caller, ask.key));
      if (bound === 'unavailable') return this.#deny(journalDenial);
      if (bound !== undefined) return replay(bound, ask.hash);
      // Asked again: a place that a replay held, until the journal knew it, is free by now.
      admitted = this.#admit(ask, received.elapsed);
    }
    if (admitted.kind === 'denied') return this.#deny(admitted.denial);
    const { proposal, spec, notionalTry } = admitted;
    if (ask.request.dryRun) return { kind: 'dry-run', notionalTry };
    return this.#receive(ask, { spec, proposal, notionalTry, received });
  }

  #admit(ask: Ask, receivedAt: number): Admission {
    const { gate, desk, bulkhead } = this.#parts;
    const spec = desk.spec();
    const { mode, reasons } = gate.view();
    if (spec === undefined) return denied(denialOf(reasons) ?? journalDenial);
    const proposal = desk.proposal(spec, ask.request, { mode, receivedAt });
    const refusal = firstDenial(chain, proposal, desk.now(spec, 'reserved'));
    if (refusal !== undefined) return denied(refusal);
    if (bulkhead.isFull) return denied(denial('QUEUE_FULL', 'too many orders wait; none was sent'));
    const { notional } = proposal;
    if (typeof notional === 'object') return denied(notional);
    return { kind: 'admitted', spec, proposal, notionalTry: notional };
  }

  async #receive(ask: Ask, admitted: Admitted): Promise<Begun> {
    const { windows, book, recorder, journey, log } = this.#parts;
    const { spec, proposal, notionalTry, received } = admitted;
    const { dryRun: _, ...request } = ask.request;
    const hold = windows.reserve({ ...request, notionalTry });
    const terms: Terms = {
      ...request,
      id: this.#parts.newId() as OrderId,
      caller: ask.caller,
      key: ask.key,
      bodyHash: ask.hash,
      mode: proposal.mode,
      notionalTry,
      receivedAt: received.wall,
    };
    book.expect(terms);
    journey.expect(terms.id);
    mark('admitted', terms);
    const giveUp = () => {
      hold.release();
      book.forget(terms.id);
      journey.forget(terms.id);
    };
    try {
      const { bound } = await recorder.receive(terms);
      if (bound !== undefined) {
        giveUp();
        return replay(bound, ask.hash);
      }
      mark('journalled', terms);
    } catch (fault) {
      giveUp();
      log.error({ err: fault }, 'the journal does not take orders; nothing was sent');
      return this.#deny(journalDenial);
    }
    return { start: { terms, hold, spec, receivedAt: received.elapsed } };
  }

  #deny(refusal: Denial): PlaceAnswer {
    this.#parts.metrics.denied(refusal.code);
    return { kind: 'denied', denial: refusal };
  }

  async #bound(scope: string): Promise<Order | undefined | 'unavailable'> {
    try {
      return orderOf(await this.#parts.journal.bound(scope));
    } catch (fault) {
      this.#parts.log.error({ err: fault }, 'the journal cannot be read');
      return 'unavailable';
    }
  }
}

interface Moment {
  readonly wall: EpochMs;
  readonly elapsed: number;
}

type Begun = PlaceAnswer | { readonly start: Start };

interface Admitted {
  readonly spec: TradingExecutorSpec;
  readonly proposal: Proposal;
  readonly notionalTry: Amount;
  readonly received: Moment;
}

type Admission =
  | { readonly kind: 'denied'; readonly denial: Denial }
  | ({ readonly kind: 'admitted' } & Omit<Admitted, 'received'>);

const denied = (refusal: Denial): Admission => ({ kind: 'denied', denial: refusal });

const journalDenial = denial(
  'JOURNAL_UNAVAILABLE',
  'the journal does not take the order, so it was not sent; check the data volume, or the database of spec.store',
);

function replay(order: Order, hash: string): PlaceAnswer {
  if (order.terms.bodyHash !== hash) return { kind: 'conflict', order };
  return { kind: 'order', order, isReplay: true };
}
