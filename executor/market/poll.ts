import type { Clock } from '../../crds/clock.ts';
import { by } from '../until.ts';
import type { BtcturkPublic } from '../venues/btcturk/public.ts';
import { type DriftSample, SAMPLES_KEPT } from './drift.ts';
import type { Prices } from './prices.ts';

const PRICES_EVERY_MS = 2_000;
const DRIFT_EVERY_MS = 5_000;
/** Until there is a first answer, asked more often. */
const FIRST_EVERY_MS = 500;
/** While it is off orders are refused: how soon they may go again once somebody has set it right. */
const OFF_EVERY_MS = 1_000;
const OFF_MS = 1_000;
/** However many stamps are refused, the venue is not asked for its time more often. */
const DOUBTED_EVERY_MS = 500;

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
  #doubted = Promise.withResolvers<void>();
  #doubtedAt: number | undefined;

  constructor(parts: PollParts) {
    this.#parts = parts;
  }

  samples(): readonly DriftSample[] {
    return this.#samples;
  }

  /** The venue refused a stamp: its clock is looked at now, not when its turn comes. */
  doubtClock(): void {
    this.#doubtedAt = this.#parts.clock.elapsed();
    this.#doubted.resolve();
  }

  /** Until an answer whose question left after the refusal. */
  get isClockDoubted(): boolean {
    if (this.#doubtedAt === undefined) return false;
    const newest = this.#samples.at(-1);
    return newest === undefined || newest.at - newest.roundTripMs < this.#doubtedAt;
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watchPrices(signal), this.#watchClock(signal)]);
  }

  async #watchPrices(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      const waitMs = (await this.#prices()) ? PRICES_EVERY_MS : FIRST_EVERY_MS;
      await clock.after(waitMs, signal).catch(() => undefined);
    }
  }

  async #watchClock(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      this.#doubted = Promise.withResolvers<void>();
      const isKnown = await this.#drift();
      const waitMs = isKnown && !this.isClockDoubted ? this.#driftEveryMs() : FIRST_EVERY_MS;
      await clock.after(DOUBTED_EVERY_MS, signal).catch(() => undefined);
      const deadline = clock.elapsed() + waitMs - DOUBTED_EVERY_MS;
      await by(clock, deadline, this.#doubted.promise, signal);
    }
  }

  #driftEveryMs(): number {
    const { offsetMs = 0 } = this.#samples.at(-1) ?? {};
    return Math.abs(offsetMs) > OFF_MS ? OFF_EVERY_MS : DRIFT_EVERY_MS;
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
