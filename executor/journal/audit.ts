export interface AuditWindow {
  readonly ms: number;
  /** UTC ms, its end. */
  readonly now: number;
  /** Whether paper orders count too. */
  readonly paper: boolean;
}

/** How placing one order went; null throughout while that is not known. */
export interface Placed {
  readonly outcome: string | null;
  readonly errorClass: string | null;
  readonly latencyMs: number | null;
}

export interface AuditSummary {
  readonly windowMs: number;
  readonly orders: number;
  readonly acked: number;
  /** Orders that are not acknowledged, of all; 0 when there were none. */
  readonly shareNotAcked: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly byErrorClass: Readonly<Record<string, number>>;
  readonly placeLatencyS: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
    readonly max: number | null;
    readonly over1s: number;
  };
}

/** What the orders received in a window came to, added one by one. */
export class AuditSums {
  #orders = 0;
  readonly #byOutcome: Record<string, number> = {};
  readonly #byErrorClass: Record<string, number> = {};
  readonly #latenciesMs: number[] = [];

  add({ outcome, errorClass, latencyMs }: Placed): void {
    this.#orders += 1;
    if (outcome !== null) count(this.#byOutcome, outcome);
    if (errorClass !== null) count(this.#byErrorClass, errorClass);
    if (latencyMs !== null) this.#latenciesMs.push(latencyMs);
  }

  summary(windowMs: number): AuditSummary {
    const seconds = Float64Array.from(this.#latenciesMs, (ms) => ms / 1_000).sort();
    const at = (share: number) => seconds[Math.ceil(share * seconds.length) - 1] ?? null;
    const orders = this.#orders;
    const acked = this.#byOutcome.acked ?? 0;
    return {
      windowMs,
      orders,
      acked,
      shareNotAcked: orders === 0 ? 0 : (orders - acked) / orders,
      byOutcome: this.#byOutcome,
      byErrorClass: this.#byErrorClass,
      placeLatencyS: {
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        max: seconds.at(-1) ?? null,
        over1s: seconds.filter((one) => one > 1).length,
      },
    };
  }
}

function count(counts: Record<string, number>, word: string): void {
  counts[word] = (counts[word] ?? 0) + 1;
}
