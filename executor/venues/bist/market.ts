import { join } from 'node:path';
import type { Clock, EpochMs } from '../../../crds/clock.ts';
import { CALENDAR_FILE } from '../../../crds/names.ts';
import type { TradingExecutorSpec } from '../../../crds/trading-executor.ts';
import type { Log } from '../../log.ts';
import type { DriftSample } from '../../market/drift.ts';
import type { InstrumentReading } from '../../market/instrument.ts';
import { Prices } from '../../market/prices.ts';
import type { Session } from '../../market/session.ts';
import type { Market } from '../market.ts';
import { noVenue } from '../none.ts';
import { type CalendarReport, Calendars } from './calendar/refresh.ts';
import { type CalendarSource, calendarSource } from './calendar/source.ts';
import { midnight } from './istanbul.ts';
import { instrumentOf } from './rules.ts';
import { session } from './session.ts';

/** The wall clock may jump, so phases are looked at and not waited for. */
const LOOK_MS = 1_000;

export interface BistMarketParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly venue: TradingExecutorSpec['venue'];
  /** Where the last good calendar is kept. */
  readonly folder: string;
  /** A phase may have begun or ended: orders on paper trade or end. */
  readonly onPhase: () => void;
}

/** BIST, on paper only: no adapter is certified, so no order is ever sent. */
export class BistMarket implements Market {
  readonly real = noVenue;
  readonly prices = new Prices();
  readonly isKnown = true;
  readonly #parts: BistMarketParts;
  readonly #source: CalendarSource | undefined;
  readonly #calendars: Calendars;

  readonly calendar = (): CalendarReport => this.#calendars.report();
  readonly calendarEnd = (): EpochMs => midnight(this.#calendars.end());

  constructor(parts: BistMarketParts) {
    this.#parts = parts;
    const { clock, log, venue, folder } = parts;
    const url =
      venue.calendarUrl ?? (venue.calendarConfigMapRef ? `file://${CALENDAR_FILE}` : undefined);
    this.#source = url === undefined ? undefined : calendarSource(url, venue.timeoutMs);
    const path = join(folder, 'bist-calendar.json');
    this.#calendars = new Calendars({ clock, log, path, source: this.#source });
  }

  driftSamples(): readonly DriftSample[] {
    return [];
  }

  session(symbol: string, now: EpochMs): Session {
    return session(this.#calendars.current, symbol, now);
  }

  instrument(symbol: string): InstrumentReading {
    return instrumentOf(this.#calendars.current, symbol, this.#parts.clock.wall());
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#calendars.run(signal), this.#watchPhases(signal)]);
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }

  async #watchPhases(signal: AbortSignal): Promise<void> {
    const { clock, onPhase } = this.#parts;
    while (!signal.aborted) {
      onPhase();
      await clock.after(LOOK_MS, signal).catch(() => undefined);
    }
  }
}
