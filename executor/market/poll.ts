import type { Clock } from '../../crds/clock.ts';
import type { BtcturkPublic } from '../venues/btcturk/public.ts';
import { type DriftSample, SAMPLES_KEPT } from './drift.ts';
import type { Prices } from './prices.ts';

const PRICES_EVERY_MS = 2_000;
const DRIFT_EVERY_MS = 5_000;
/** Until there is a first answer, asked more often. */
const FIRST_EVERY_MS = 500;

export interface PollParts {
  readonly clock: Clock;
  readonly source: BtcturkPublic;
  readonly prices: Prices;
  readonly onPrices: () => void;
}

/** Keeps prices and clock drift fresh. An answer that does not come leaves them to grow old. */
export class Poll {
  readonly #parts: PollParts;
  #samples: readonly DriftSample[] = [];

  constructor(parts: PollParts) {
    this.#parts = parts;
  }

  samples(): readonly DriftSample[] {
    return this.#samples;
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#every(PRICES_EVERY_MS, () => this.#prices(), signal),
      this.#every(DRIFT_EVERY_MS, () => this.#drift(), signal),
    ]);
  }

  async #every(periodMs: number, ask: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      const isAnswered = await ask();
      const waitMs = isAnswered ? periodMs : FIRST_EVERY_MS;
      await clock.after(waitMs, signal).catch(() => undefined);
    }
  }

  async #prices(): Promise<boolean> {
    const { clock, source, prices, onPrices } = this.#parts;
    // As old as the question, not as fresh as the answer.
    const askedAt = clock.elapsed();
    const quotes = await source.prices();
    if (quotes === undefined) return prices.ageMs(askedAt) !== undefined;
    prices.replace(quotes, askedAt);
    onPrices();
    return true;
  }

  async #drift(): Promise<boolean> {
    const sample = await this.#parts.source.drift();
    if (sample === undefined) return this.#samples.length > 0;
    this.#samples = [...this.#samples, sample].slice(-SAMPLES_KEPT);
    return true;
  }
}
