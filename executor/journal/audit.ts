import { ACK_BUCKETS_S } from '../../crds/ack-buckets.ts';
import { type ErrorClass, errorClasses, type Outcome, outcomes } from '../order/order.ts';

export interface AuditWindow {
  readonly ms: number;
  /** UTC ms, its end. */
  readonly now: number;
  /** Whether paper orders count too. */
  readonly paper: boolean;
}

/** How placing one order went; null throughout while that is not known. */
export interface Placed {
  readonly outcome: Outcome | null;
  readonly errorClass: ErrorClass | null;
  readonly latencyMs: number | null;
}

/** One part of the window. */
export interface Slice {
  /** RFC 3339; orders received after it, up to and including the next slice's. */
  readonly from: string;
  readonly orders: number;
  readonly errors: number;
  /** Errors of all orders; 0 when there were none. */
  readonly errorRate: number;
}

export interface AuditSummary {
  readonly windowMs: number;
  /** Orders past the guards. */
  readonly orders: number;
  readonly acked: number;
  /** Orders that are not acknowledged, of all; 0 when there were none. */
  readonly shareNotAcked: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly byOutcome: Readonly<Record<Outcome, number>>;
  readonly byErrorClass: Readonly<Record<ErrorClass, number>>;
  readonly placeLatencyS: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
    readonly max: number | null;
    readonly over1s: number;
    /** Cumulative, by the buckets the alerts read. */
    readonly buckets: readonly { readonly le: number | '+Inf'; readonly orders: number }[];
  };
  /** Oldest first. */
  readonly trend: readonly Slice[];
  /** Refusals of our own guards by reason; to the minute. They are no orders. */
  readonly denials: Readonly<Record<string, number>>;
}

export const SLICES = 12;

const errorOutcomes: readonly (Outcome | null)[] = ['unknown', 'unsent'];
const errorsOfVenue: readonly (ErrorClass | null)[] = ['5xx', 'timeout', 'nonce', '429'];

/** The venue or we ourselves failed the order; a business reject is no error. */
const isError = ({ outcome, errorClass }: Placed): boolean =>
  errorOutcomes.includes(outcome) || errorsOfVenue.includes(errorClass);

const share = (part: number, all: number): number => (all === 0 ? 0 : part / all);

/** What the orders received in a window came to, added one by one. */
export class AuditSums {
  readonly #window: AuditWindow;
  readonly #byOutcome = zeros(outcomes);
  readonly #byErrorClass = zeros(errorClasses);
  readonly #latenciesMs: number[] = [];
  readonly #slices = Array.from({ length: SLICES }, () => ({ orders: 0, errors: 0 }));
  readonly #denials: Record<string, number> = {};

  constructor(window: AuditWindow) {
    this.#window = window;
  }

  add(placed: Placed, receivedAt: number): void {
    const { outcome, errorClass, latencyMs } = placed;
    if (outcome !== null) this.#byOutcome[outcome] += 1;
    if (errorClass !== null) this.#byErrorClass[errorClass] += 1;
    if (latencyMs !== null) this.#latenciesMs.push(latencyMs);
    const slice = this.#slices[this.#sliceOf(receivedAt)];
    if (slice === undefined) return;
    slice.orders += 1;
    if (isError(placed)) slice.errors += 1;
  }

  denied(reason: string, count: number): void {
    this.#denials[reason] = (this.#denials[reason] ?? 0) + count;
  }

  summary(): AuditSummary {
    const { ms, now } = this.#window;
    const orders = this.#slices.reduce((all, one) => all + one.orders, 0);
    const errors = this.#slices.reduce((all, one) => all + one.errors, 0);
    const { acked } = this.#byOutcome;
    return {
      windowMs: ms,
      orders,
      acked,
      shareNotAcked: share(orders - acked, orders),
      errors,
      errorRate: share(errors, orders),
      byOutcome: this.#byOutcome,
      byErrorClass: this.#byErrorClass,
      placeLatencyS: distribution(this.#latenciesMs),
      trend: this.#slices.map((slice, index) => ({
        from: new Date(now - ms + Math.floor((index * ms) / SLICES)).toISOString(),
        ...slice,
        errorRate: share(slice.errors, slice.orders),
      })),
      denials: this.#denials,
    };
  }

  /** A wall clock that was set back leaves orders of the future: they are of the last slice. */
  #sliceOf(receivedAt: number): number {
    const { ms, now } = this.#window;
    const index = Math.ceil(((receivedAt - (now - ms)) * SLICES) / ms) - 1;
    return Math.min(Math.max(index, 0), SLICES - 1);
  }
}

function distribution(latenciesMs: readonly number[]): AuditSummary['placeLatencyS'] {
  const seconds = Float64Array.from(latenciesMs, (ms) => ms / 1_000).sort();
  const at = (part: number) => seconds[Math.ceil(part * seconds.length) - 1] ?? null;
  const within = (limit: number) => seconds.reduce((all, one) => all + Number(one <= limit), 0);
  return {
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: seconds.at(-1) ?? null,
    over1s: seconds.length - within(1),
    buckets: [
      ...ACK_BUCKETS_S.map((le) => ({ le, orders: within(le) })),
      { le: '+Inf', orders: seconds.length },
    ],
  };
}

function zeros<Word extends string>(words: readonly Word[]): Record<Word, number> {
  return Object.fromEntries(words.map((word) => [word, 0])) as Record<Word, number>;
}
