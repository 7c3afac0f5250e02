import type { Clock } from '../../../crds/clock.ts';
import { BTCTURK_ORIGIN } from '../../../crds/venue-limits.ts';
import type { Log } from '../../log.ts';
import { type DriftSample, driftReading, stampFault } from '../../market/drift.ts';
import type { InstrumentReading } from '../../market/instrument.ts';
import { Poll } from '../../market/poll.ts';
import { Prices } from '../../market/prices.ts';
import { ALWAYS_OPEN, type Session } from '../../market/session.ts';
import type { Market, Tempo, VenueHealth } from '../market.ts';
import type { Venue } from '../venue.ts';
import { Btcturk, CANCEL, placeLane } from './adapter.ts';
import { Connections } from './connections.ts';
import type { CredentialFiles } from './credentials.ts';
import { ExchangeInfo } from './exchange-info.ts';
import { counted, type Meter } from './meter.ts';
import { BtcturkPublic } from './public.ts';
import { keepWarm } from './warmth.ts';

/** Low slots are taken first: those beyond are for bursts and connect when they are needed. */
const WARM_LANES_MAX = 8;

export interface BtcturkMarketParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly origin: string | undefined;
  readonly timeoutMs: number;
  readonly credentials: CredentialFiles;
  readonly meter: Meter;
  readonly log: Log;
  /** Called when new prices came in. */
  readonly onPrices: () => void;
  /** Orders that may be on their way at once; 0 while none is sent for real. */
  readonly slots: () => number;
  readonly tempo: Tempo | undefined;
}

/** BTCTurk: its private API, its prices, its rules and its clock. */
export class BtcturkMarket implements Market {
  readonly real: Venue;
  readonly prices = new Prices();
  readonly health: VenueHealth;
  readonly #parts: BtcturkMarketParts;
  readonly #connections: Connections;
  readonly #info: ExchangeInfo;
  readonly #poll: Poll;

  constructor(parts: BtcturkMarketParts) {
    this.#parts = parts;
    const {
      clock,
      random,
      origin = BTCTURK_ORIGIN,
      timeoutMs,
      meter,
      credentials,
      onPrices,
      log,
    } = parts;
    this.#connections = new Connections({ origin, clock });
    const watched: Meter = {
      count: (route, reply) => {
        meter.count(route, reply);
        if (counted(reply)?.code === 'INVALID_NONCE') this.#poll.doubtClock();
      },
    };
    const venue = { clock, connections: this.#connections, timeoutMs, meter: watched };
    const { tempo } = parts;
    const real = new Btcturk({
      ...{ ...venue, log, tempo },
      stampFault: () => this.#stampFault(),
      credentials: () => credentials.current(),
    });
    this.real = real;
    const source = new BtcturkPublic(venue);
    this.#info = new ExchangeInfo({ clock, random, source });
    this.#poll = new Poll({ clock, source, prices: this.prices, onPrices });
    const { traffic } = real;
    const startedAt = clock.elapsed();
    this.health = {
      isKeyRefused: () => traffic.isKeyRefused(),
      hold: () => traffic.hold(),
      breakers: () => traffic.states(),
      exchangeInfoAgeMs: () => this.#info.ageMs() ?? clock.elapsed() - startedAt,
    };
  }

  get isKnown(): boolean {
    const hasPrices = this.prices.ageMs(this.#parts.clock.elapsed()) !== undefined;
    return hasPrices && this.driftSamples().length > 0 && this.#info.ageMs() !== undefined;
  }

  driftSamples(): readonly DriftSample[] {
    return this.#poll.samples();
  }

  /** A stamp that is refused costs an order and brings a ban closer: none leaves until it would be taken. */
  #stampFault(): string | undefined {
    if (this.#poll.isClockDoubted) {
      return 'the venue refused a stamp, and its clock has not been looked at since';
    }
    const { clock } = this.#parts;
    const now = { wall: clock.wall(), elapsed: clock.elapsed() };
    return stampFault(driftReading(this.driftSamples(), now));
  }

  session(): Session {
    return ALWAYS_OPEN;
  }

  instrument(symbol: string): InstrumentReading {
    return this.#info.reading(symbol);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, meter, slots } = this.#parts;
    const names = () => {
      const length = Math.min(slots(), WARM_LANES_MAX);
      const lanes = Array.from({ length }, (_, lane) => placeLane(lane));
      return lanes.length === 0 ? [] : [...lanes, CANCEL];
    };
    await Promise.all([
      this.#poll.run(signal),
      this.#info.run(signal),
      keepWarm({ clock, connections: this.#connections, meter, names }, signal),
    ]);
  }

  async close(): Promise<void> {
    await this.real.close();
    await this.#connections.close();
  }
}
