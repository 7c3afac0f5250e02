import type { Clock } from '../crds/clock.ts';
import { type Mode, type TradingExecutorSpec, whitelist } from '../crds/trading-executor.ts';
import type { Gate } from './gate/gate.ts';
import { type Desk, limitsOf, type Proposal } from './guards/guard.ts';
import { quoteTry } from './market/currency.ts';
import { type DriftReading, driftReading } from './market/drift.ts';
import { notionalTry, reference } from './market/prices.ts';
import type { OrderBook } from './order/book.ts';
import type { PlaceRequest } from './order/request.ts';
import type { Market } from './venues/market.ts';
import type { Windows } from './windows.ts';

export interface DeskParts {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly book: OrderBook;
  readonly windows: Windows;
  readonly market: Market;
  readonly diskFree: () => number | undefined;
}

/** Collects, at one moment, everything a guard may look at. */
export class DeskView {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  spec(): TradingExecutorSpec | undefined {
    return this.#parts.gate.sight.object?.spec;
  }

  drift(): DriftReading {
    const { clock, market } = this.#parts;
    const now = { wall: clock.wall(), elapsed: clock.elapsed() };
    return driftReading(market.driftSamples(), now);
  }

  /** `charged` for the last gate, where the order's own reservation must not count against it. */
  now(spec: TradingExecutorSpec, counting: 'reserved' | 'charged'): Desk {
    const { clock, gate, book, windows, market, diskFree } = this.#parts;
    const view = gate.view();
    const { orders, notional, repeats } = windows.usage(clock.elapsed(), counting);
    return {
      gate: view,
      spec,
      limits: limitsOf(spec, view.mode),
      whitelist: whitelist(spec),
      drift: this.drift(),
      ordersPerMinute: orders,
      notionalPerSecond: notional,
      repeats,
      open: book.exposure(),
      venueHold: market.health?.hold(),
      diskFree: diskFree(),
    };
  }

  proposal(
    spec: TradingExecutorSpec,
    order: Omit<PlaceRequest, 'dryRun'>,
    { mode, receivedAt }: { readonly mode: Mode; readonly receivedAt: number },
  ): Proposal {
    const { clock, market: venue } = this.#parts;
    const { prices } = venue;
    const now = clock.elapsed();
    const market = reference(prices.fresh(order.symbol, now), order.side);
    const rate = quoteTry(spec.venue.name, order.symbol, { prices, now });
    return {
      request: order,
      mode,
      notional: notionalTry({ request: order, mode, reference: market, quoteTry: rate }),
      reference: market,
      instrument: venue.instrument(order.symbol),
      session: venue.session(order.symbol, clock.wall()),
      ageMs: now - receivedAt,
    };
  }
}
