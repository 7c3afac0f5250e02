import type { EpochMs } from '../../crds/clock.ts';
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
  instrument(symbol: string): InstrumentReading;
  /** Keeps what is known fresh until aborted. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
