import type { EpochMs } from '../../crds/clock.ts';
import type { BreakerState } from '../lanes/breaker.ts';
import type { DriftSample } from '../market/drift.ts';
import type { InstrumentReading } from '../market/instrument.ts';
import type { Prices } from '../market/prices.ts';
import type { Session } from '../market/session.ts';
import type { CalendarReport } from './bist/calendar/refresh.ts';
import type { Venue } from './venue.ts';

/** One venue as trading needs it: where real orders go, and what is known of its market. */
export interface Market {
  readonly real: Venue;
  readonly prices: Prices;
  /** True once orders can be valued and stamped. */
  readonly isKnown: boolean;
  /** The newest looks at the venue's clock, oldest first; empty where orders carry no stamp. */
  driftSamples(): readonly DriftSample[];
  /** Whether `symbol` takes new orders at `now`. */
  session(symbol: string, now: EpochMs): Session;
  /** The days it trades on; absent where it never closes. */
  readonly calendar?: () => CalendarReport;
  /** The beginning of the first year that it does not know. */
  readonly calendarEnd?: () => EpochMs;
  instrument(symbol: string): InstrumentReading;
  /** How calls to the venue fare; absent where none is made. */
  readonly health?: VenueHealth;
  /** Keeps what is known fresh until aborted. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How the venue is treated, where it is no real one: tests in a hurry, benchmarks of what is before it. */
export interface Tempo {
  /** How soon an open breaker tries again. */
  readonly retryMs?: number;
  readonly ordersPerSecond?: number;
}

export const laneNames = ['orders', 'cancels', 'reads'] as const;
export type LaneName = (typeof laneNames)[number];

/** Why the venue must not be sent an order now. */
export interface VenueHold {
  readonly kind: 'breaker' | 'rate-limit' | 'clock';
  readonly why: string;
  readonly retryAfterMs: number;
}

export interface VenueHealth {
  /** True while the venue refuses our key: more such calls would ban the address. */
  isKeyRefused(): boolean;
  hold(): VenueHold | undefined;
  breakers(): Readonly<Record<LaneName, BreakerState>>;
  /** Since the venue was asked for the rules that are known; while none are, since the start. */
  exchangeInfoAgeMs(): number;
}
