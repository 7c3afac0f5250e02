import type { Clock } from '../../../crds/clock.ts';
import type { Instrument, InstrumentReading } from '../../market/instrument.ts';
import type { BtcturkPublic } from './public.ts';
import { instrumentOf } from './symbols.ts';

/** The venue's CDN keeps the answer for 30 s: asking more often brings nothing. */
const REFRESH_MS = 60_000;
/** So that executors started together do not ask together. */
const JITTER = 0.2;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 30_000;
/** Older rules are no rules: what the venue would refuse can no longer be told. */
export const INFO_AGE_MAX_MS = 15 * 60_000;

export interface ExchangeInfoParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly source: Pick<BtcturkPublic, 'symbols'>;
}

/** The venue's instrument rules: read at the start, refreshed, and kept for a while when it is silent. */
export class ExchangeInfo {
  readonly #parts: ExchangeInfoParts;
  #rows: ReadonlyMap<string, unknown> | undefined;
  #at = Number.NEGATIVE_INFINITY;
  /** Rows are read into rules when a symbol is first asked for. */
  readonly #read = new Map<string, Instrument | undefined>();

  constructor(parts: ExchangeInfoParts) {
    this.#parts = parts;
  }

  /** Since the venue was asked for what is known now; undefined before the first answer. */
  ageMs(): number | undefined {
    return this.#rows === undefined ? undefined : this.#parts.clock.elapsed() - this.#at;
  }

  reading(symbol: string): InstrumentReading {
    const ageMs = this.ageMs();
    if (this.#rows === undefined || ageMs === undefined) {
      return {
        kind: 'unknown',
        why: 'the venue has not told its rules yet; try again in a moment',
      };
    }
    if (ageMs > INFO_AGE_MAX_MS) {
      const minutes = Math.floor(ageMs / 60_000);
      return {
        kind: 'unknown',
        why: `the venue last told its rules ${minutes} minutes ago; it is asked again and again`,
      };
    }
    const row = this.#rows.get(symbol);
    if (row === undefined) return { kind: 'unlisted' };
    if (!this.#read.has(symbol)) this.#read.set(symbol, instrumentOf(row));
    const instrument = this.#read.get(symbol);
    if (instrument !== undefined) return { kind: 'known', instrument };
    return {
      kind: 'unknown',
      why: `the venue's rules of ${symbol} cannot be read; has their form changed?`,
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts;
    let failures = 0;
    while (!signal.aborted) {
      failures = (await this.#refresh()) ? 0 : failures + 1;
      const retryMs = Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_MAX_MS);
      const waitMs = failures === 0 ? REFRESH_MS : retryMs;
      const jittered = waitMs * (1 - JITTER + 2 * JITTER * random());
      await clock.after(jittered, signal).catch(() => undefined);
    }
  }

  async #refresh(): Promise<boolean> {
    const { clock, source } = this.#parts;
    // As old as the question, not as fresh as the answer.
    const askedAt = clock.elapsed();
    const rows = await source.symbols();
    if (rows === undefined) return false;
    this.#rows = rows;
    this.#at = askedAt;
    this.#read.clear();
    return true;
  }
}
