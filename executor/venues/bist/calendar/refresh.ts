import type { Clock, EpochMs } from '../../../../crds/clock.ts';
import type { Log } from '../../../log.ts';
import { type TradingDay, tradingDays } from '../days.ts';
import { type Day, dayOf } from '../istanbul.ts';
import { builtIn } from './built-in.ts';
import { type Calendar, endOf } from './calendar.ts';
import { readDocument } from './document.ts';
import { keep, readKept } from './kept.ts';
import { type DayChange, dayChanges, merge } from './merge.ts';
import type { CalendarSource } from './source.ts';

/** A whole day is closed at an hour's notice at best: a minute more does no harm. */
const REFRESH_MS = 60_000;
const DAYS_SHOWN = 36;

/** GET /calendar. Instants are RFC 3339. */
export interface CalendarReport {
  readonly version: number;
  readonly source: string;
  readonly years: Calendar['years'];
  /** The first day that it does not know: from then on the market is closed. */
  readonly end: Day;
  /** Today in Istanbul and the next five weeks. */
  readonly days: readonly TradingDay[];
  /** How many symbols it notes. */
  readonly symbols: number;
  readonly builtIn: { readonly version: number; readonly source: string };
  /** What the calendar in force has otherwise than the built-in one. */
  readonly changes: readonly DayChange[];
  /** What the newest issue would have opened longer without saying so: not done. */
  readonly kept: readonly DayChange[];
  /** undefined: nothing is configured, so the built-in calendar is in force. */
  readonly refresh:
    | {
        readonly url: string;
        readonly checkedAt: string | null;
        /** Why the last look brought nothing; the last good calendar stays in force. */
        readonly fault: string | null;
      }
    | undefined;
}

export interface CalendarsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly source: CalendarSource | undefined;
  /** Where the last good one is kept. */
  readonly path: string;
}

/** The calendar in force: the built-in one, what was kept, and what the source brings. */
export class Calendars {
  readonly #parts: CalendarsParts;
  #current: Calendar;
  #kept: readonly DayChange[] = [];
  #checkedAt: EpochMs | undefined;
  #fault: string | undefined;

  constructor(parts: CalendarsParts) {
    this.#parts = parts;
    this.#current = this.#first();
  }

  get current(): Calendar {
    return this.#current;
  }

  /** From this day on the market is closed for want of a calendar. */
  end(): Day {
    return endOf(this.#current, dayOf(this.#parts.clock.wall()));
  }

  report(): CalendarReport {
    const { source } = this.#parts;
    const { version, source: from, years, symbols } = this.#current;
    return {
      ...{ version, source: from, years, symbols: Object.keys(symbols).length, end: this.end() },
      days: tradingDays(this.#current, dayOf(this.#parts.clock.wall()), DAYS_SHOWN),
      builtIn: { version: builtIn.version, source: builtIn.source },
      changes: dayChanges(builtIn, this.#current),
      kept: this.#kept,
      refresh: source && {
        url: source.url,
        checkedAt: this.#checkedAt === undefined ? null : new Date(this.#checkedAt).toISOString(),
        fault: this.#fault ?? null,
      },
    };
  }

  /** Looks for a newer issue until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, source } = this.#parts;
    while (source !== undefined && !signal.aborted) {
      await this.#refresh(source, signal);
      await clock.after(REFRESH_MS, signal).catch(() => undefined);
    }
  }

  /** What was kept is in force again; when it cannot be read, it may have held a closure nobody else knows. */
  #first(): Calendar {
    const { path, log } = this.#parts;
    const kept = readKept(path);
    if (kept !== undefined && !kept.ok) {
      const message = `${path} cannot be read, so the market stays closed until a newer calendar comes; remove it to trade by the built-in one`;
      log.error({ why: kept.why }, message);
      return { ...builtIn, years: {} };
    }
    const calendar = kept === undefined ? builtIn : newest(kept.calendar);
    log.info({ version: calendar.version, source: calendar.source }, 'BIST calendar');
    return calendar;
  }

  async #refresh(source: CalendarSource, signal: AbortSignal): Promise<void> {
    const { clock, path, log } = this.#parts;
    this.#checkedAt = clock.wall();
    const offered = await offer(source, signal);
    if (signal.aborted) return;
    if (!offered.ok) return this.#failed(offered.why);
    const before = this.#current;
    const isBlind = Object.keys(before.years).length === 0;
    const merged = merge(isBlind ? builtIn : before, offered.calendar);
    if (merged.kind === 'refused') return this.#failed(merged.why);
    this.#fault = undefined;
    if (merged.kind === 'same') return;
    this.#current = merged.calendar;
    this.#kept = merged.kept;
    const { version } = merged.calendar;
    const changes = dayChanges(before, merged.calendar);
    log.info({ version, changes, kept: merged.kept }, 'the BIST calendar has changed');
    await keep(path, merged.calendar).catch((fault: unknown) =>
      log.error({ err: fault, path }, 'the BIST calendar is in force but was not kept on disk'),
    );
  }

  #failed(why: string): void {
    const { log } = this.#parts;
    if (why !== this.#fault) log.warn({ why }, 'no newer BIST calendar; the last good one stays');
    this.#fault = why;
  }
}

async function offer(source: CalendarSource, signal: AbortSignal) {
  try {
    return readDocument(await source.read(signal));
  } catch (fault) {
    return { ok: false, why: `${source.url} cannot be read: ${(fault as Error).message}` } as const;
  }
}

/** The higher version over the lower; on a tie the built-in one, with what the kept one closed. */
function newest(kept: Calendar): Calendar {
  const [older, newer] = kept.version < builtIn.version ? [kept, builtIn] : [builtIn, kept];
  const merged = merge(older, newer);
  return merged.kind === 'taken' ? merged.calendar : older;
}
