import { quoteCurrency } from '../market/currency.ts';
import { type Quote, reference } from '../market/prices.ts';
import { type Amount, decimal, minus, over, plus, times, whole, ZERO } from '../order/amount.ts';
import type { Order, OrderId, Terms, VenueView } from '../order/order.ts';
import type { Balance, CancelReply, LastGate, PlaceReply, Venue, VenueOrder } from './venue.ts';

export interface PaperParts {
  readonly venue: 'btcturk' | 'bist';
  /** A fresh quote, or undefined; without one a limit order trades at its own price. */
  readonly quote: (symbol: string) => Quote | undefined;
  /** An order that rested has traded. */
  readonly onFill: (id: OrderId, view: VenueView) => void;
}

/** What a paper account begins with. */
const START: Readonly<Record<string, Amount>> = { TRY: whole(1_000_000), USDT: whole(50_000) };

/** Simulated fills. It makes no call to anywhere. */
export class PaperVenue implements Venue {
  readonly #parts: PaperParts;
  readonly #orders = new Map<string, { readonly terms: Terms; view: VenueView }>();
  readonly #balances = new Map<string, Amount>(Object.entries(START));

  constructor(parts: PaperParts) {
    this.#parts = parts;
  }

  /** Puts back what rested before a restart. */
  restore(order: Extract<Order, { state: 'working' }>): void {
    const { venueId, filled, terms } = order;
    this.#orders.set(venueId, { terms, view: { venueId, status: 'open', filled } });
  }

  async place(terms: Terms, _lane: number, gate: LastGate): Promise<PlaceReply> {
    if (!gate()) return { kind: 'gated' };
    const venueId = `paper-${terms.id}`;
    const price = fillPrice(terms, this.#parts.quote(terms.symbol));
    if (price === undefined && terms.type === 'market') {
      return { kind: 'rejected', errorClass: 'rejected', message: 'no price to trade at' };
    }
    const entry = { terms, view: { venueId, status: 'open', filled: ZERO } as VenueView };
    this.#orders.set(venueId, entry);
    if (price !== undefined) entry.view = this.#fill(terms, venueId, price);
    return { kind: 'acked', view: entry.view };
  }

  /** Lets resting orders trade that the new prices have reached. */
  match(): void {
    for (const [venueId, entry] of this.#orders) {
      const quote = this.#parts.quote(entry.terms.symbol);
      if (entry.view.status !== 'open' || quote === undefined) continue;
      const price = fillPrice(entry.terms, quote);
      if (price === undefined) continue;
      entry.view = this.#fill(entry.terms, venueId, price);
      this.#parts.onFill(entry.terms.id, entry.view);
    }
  }

  async cancel({ venueId }: { readonly venueId: string }): Promise<CancelReply> {
    const entry = this.#orders.get(venueId);
    if (entry?.view.status === 'open') entry.view = { ...entry.view, status: 'canceled' };
    return { kind: 'accepted' };
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return this.#list().filter(({ view }) => view.status === 'open');
  }

  async order(venueId: string): Promise<VenueOrder | undefined> {
    return this.#list().find(({ view }) => view.venueId === venueId);
  }

  async history(symbol: string): Promise<readonly VenueOrder[]> {
    return this.#list().filter((order) => order.symbol === symbol);
  }

  async balances(): Promise<readonly Balance[]> {
    return [...this.#balances].map(([asset, free]) => ({
      asset,
      free: decimal(free),
      locked: '0',
    }));
  }

  async close(): Promise<void> {
    this.#orders.clear();
  }

  #list(): VenueOrder[] {
    return [...this.#orders.values()].map(({ terms, view }) => ({
      clientId: terms.id,
      symbol: terms.symbol,
      view,
    }));
  }

  #fill(terms: Terms, venueId: string, price: Amount): VenueView {
    const base = terms.quantity ?? over(terms.quoteQuantity ?? ZERO, price);
    const currency = quoteCurrency(this.#parts.venue, terms.symbol) ?? 'TRY';
    const asset = terms.symbol.endsWith(currency)
      ? terms.symbol.slice(0, -currency.length)
      : terms.symbol;
    const cost = times(base, price);
    const isBuy = terms.side === 'buy';
    this.#add(asset, isBuy ? base : minus(ZERO, base));
    this.#add(currency, isBuy ? minus(ZERO, cost) : cost);
    return { venueId, status: 'filled', filled: base };
  }

  #add(asset: string, amount: Amount): void {
    this.#balances.set(asset, plus(this.#balances.get(asset) ?? ZERO, amount));
  }
}

/** The price an order trades at now; undefined when it rests. Pure. */
export function fillPrice(
  terms: Pick<Terms, 'side' | 'type' | 'price'>,
  quote: Quote | undefined,
): Amount | undefined {
  const market = reference(quote, terms.side);
  if (terms.type === 'market' || terms.price === undefined) return market;
  if (market === undefined) return terms.price;
  const crosses = terms.side === 'buy' ? terms.price >= market : terms.price <= market;
  return crosses ? market : undefined;
}
