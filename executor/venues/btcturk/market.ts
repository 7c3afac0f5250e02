import type { Clock } from '../../../crds/clock.ts';
import type { DriftSample } from '../../market/drift.ts';
import type { InstrumentReading } from '../../market/instrument.ts';
import { Poll } from '../../market/poll.ts';
import { Prices } from '../../market/prices.ts';
import { ALWAYS_OPEN, type Session } from '../../market/session.ts';
import type { Market } from '../market.ts';
import type { Venue } from '../venue.ts';
import { Btcturk } from './adapter.ts';
import type { CredentialFiles } from './credentials.ts';
import type { Meter } from './meter.ts';
import { BtcturkPublic } from './public.ts';

const ORIGIN = 'https://api.btcturk.com';

export interface BtcturkMarketParts {
  readonly clock: Clock;
  readonly origin: string | undefined;
  readonly timeoutMs: number;
  readonly credentials: CredentialFiles;
  readonly meter: Meter;
  /** Called when new prices came in. */
  readonly onPrices: () => void;
}

/** BTCTurk: its private API, its prices and its clock. */
export class BtcturkMarket implements Market {
  readonly real: Venue;
  readonly prices = new Prices();
  readonly #clock: Clock;
  readonly #source: BtcturkPublic;
  readonly #poll: Poll;

  constructor(parts: BtcturkMarketParts) {
    const { clock, origin = ORIGIN, timeoutMs, meter, credentials, onPrices } = parts;
    const venue = { clock, origin, timeoutMs, meter };
    this.#clock = clock;
    this.real = new Btcturk({ ...venue, credentials: () => credentials.current() });
    this.#source = new BtcturkPublic(venue);
    this.#poll = new Poll({ clock, source: this.#source, prices: this.prices, onPrices });
  }

  get isKnown(): boolean {
    const hasPrices = this.prices.ageMs(this.#clock.elapsed()) !== undefined;
    return hasPrices && this.driftSamples().length > 0;
  }

  driftSamples(): readonly DriftSample[] {
    return this.#poll.samples();
  }

  session(): Session {
    return ALWAYS_OPEN;
  }

  instrument(symbol: string): InstrumentReading {
    return { kind: 'unknown', why: `the venue's rules of ${symbol} were not read` };
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#poll.run(signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.real.close(), this.#source.close()]);
  }
}
