import type { DriftSample } from '../../market/drift.ts';
import type { Instrument, InstrumentReading } from '../../market/instrument.ts';
import { Prices } from '../../market/prices.ts';
import { ALWAYS_OPEN, type Session } from '../../market/session.ts';
import type { Amount } from '../../order/amount.ts';
import type { Market } from '../market.ts';
import { noVenue } from '../none.ts';

/** Rules that hold nobody up, until the market's own are known. */
const anything: Omit<Instrument, 'symbol'> = {
  isTrading: true,
  methods: ['limit', 'market'],
  tickAt: () => 1n as Amount,
  priceScale: 16,
  quantityScale: 16,
  quoteScale: 16,
  lot: undefined,
  minTotal: undefined,
  band: undefined,
};

/** BIST, on paper only: no adapter is certified, so nothing is ever sent. */
export class BistMarket implements Market {
  readonly real = noVenue;
  readonly prices = new Prices();
  readonly isKnown = true;

  driftSamples(): readonly DriftSample[] {
    return [];
  }

  session(): Session {
    return ALWAYS_OPEN;
  }

  instrument(symbol: string): InstrumentReading {
    return { kind: 'known', instrument: { ...anything, symbol } };
  }

  async run(): Promise<void> {
    // Nothing here grows old.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
