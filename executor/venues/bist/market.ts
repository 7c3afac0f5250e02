import type { DriftSample } from '../../market/drift.ts';
import type { InstrumentReading } from '../../market/instrument.ts';
import { Prices } from '../../market/prices.ts';
import { ALWAYS_OPEN, type Session } from '../../market/session.ts';
import type { Market } from '../market.ts';
import { noVenue } from '../none.ts';

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
    return { kind: 'unknown', why: `the venue's rules of ${symbol} were not read` };
  }

  async run(): Promise<void> {
    // Nothing here grows old.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
