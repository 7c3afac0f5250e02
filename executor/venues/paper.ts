import { quoteCurrency } from '../market/currency.ts';
import { type Quote, reference } from '../market/prices.ts';
import type { Matching, Session } from '../market/session.ts';
import { type Amount, decimal, minus, over, plus, times, whole, ZERO } from '../order/amount.ts';
import type { Order, OrderId, Terms, VenueView } from '../order/order.ts';
import type { Balance, CancelReply, LastGate, PlaceReply, Venue, VenueOrder } from './venue.ts';

export interface PaperParts {
  readonly venue: 'btcturk' | 'bist';
  /** A fresh quote, or undefined; without one a limit order trades at its own price. */
  readonly quote: (symbol: string) => Quote | undefined;
  /** What the market of a symbol does now. */
  readonly session: (symbol: string) => Session;
  /** An order that rested has traded, or ended with its session. */
  readonly onChange: (id: OrderId, view: VenueView) => void;
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
    const { matching } = this.#parts.session(terms.symbol);
    const price = tradePrice(terms, this.#parts.quote(terms.symbol), matching);
    if (price === undefined && terms.type === 'market') {
      return { kind: 'rejected', errorClass: 'rejected', message: 'no price to trade at' };
    }
    const entry = { terms, view: { venueId, status: 'open', filled: ZERO } as VenueView };
    this.#orders.set(venueId, entry);
    if (price !== undefined) entry.view = this.#fill(terms, venueId, price);
    return { kind: 'acked', view: entry.view };
  }

  /** Lets resting orders trade that new prices have reached or a new phase lets trade, or end. */
  match(): void {
    for (const entry of this.#orders.values()) {
      if (entry.view.status !== 'open') continue;
      const view = this.#now(entry.terms, entry.view);
      if (view === entry.view) continue;
      entry.view = view;
      this.#parts.onChange(entry.terms.id, view);
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

  /** What becomes of a resting order at this moment. */
  #now(terms: Terms, view: VenueView): VenueView {
    const { matching, ordersSince } = this.#parts.session(terms.symbol);
    if (ordersSince !== undefined && terms.receivedAt < ordersSince) {
      return { ...view, status: 'canceled' };
    }
    const quote = this.#parts.quote(terms.symbol);
    // Where there are prices, an order that rests waits for one that reaches it.
    if (quote === undefined && this.#parts.venue === 'btcturk') return view;
    const price = tradePrice(terms, quote, matching);
    return price === undefined ? view : this.#fill(terms, view.venueId, price);
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

type Limit = Pick<Terms, 'side' | 'type' | 'price'>;

/** The price an order trades at now; undefined when it rests. Pure. */
export function tradePrice(
  terms: Limit,
  quote: Quote | undefined,
  matching: Matching,
): Amount | undefined {
  switch (matching.kind) {
    case 'rests':
      return undefined;
    case 'trades':
      return fillPrice(terms, quote);
    case 'closing-price':
      return matching.price === undefined ? undefined : reached(terms, matching.price);
    default:
      return matching satisfies never;
  }
}

/** In continuous trading: the market's price, or its own where nobody knows the market's. */
export function fillPrice(terms: Limit, quote: Quote | undefined): Amount | undefined {
  const market = reference(quote, terms.side);
  if (terms.type === 'market' || terms.price === undefined) return market;
  if (market === undefined) return terms.price;
  return reached(terms, market);
}

function reached({ side, price }: Limit, market: Amount): Amount | undefined {
  if (price === undefined) return market;
  const crosses = side === 'buy' ? price >= market : price <= market;
  return crosses ? market : undefined;
}
