import type { Order } from '../order/order.ts';

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

/** What the orders received in a window came to. Pure; paper orders are left out unless asked for. */
export function auditSummary(
  orders: readonly Order[],
  window: { readonly ms: number; readonly now: number; readonly paper: boolean },
): AuditSummary {
  const inside = orders.filter(
    ({ terms }) =>
      terms.receivedAt > window.now - window.ms && (window.paper || terms.mode !== 'paper'),
  );
  const placed = inside.flatMap((order) => order.placed ?? []);
  const acked = placed.filter(({ outcome }) => outcome === 'acked').length;
  const seconds = placed.map(({ latencyMs }) => latencyMs / 1_000).sort((a, b) => a - b);
  const at = (share: number) =>
    seconds.length === 0 ? null : (seconds[Math.ceil(share * seconds.length) - 1] ?? null);
  return {
    windowMs: window.ms,
    orders: inside.length,
    acked,
    shareNotAcked: inside.length === 0 ? 0 : (inside.length - acked) / inside.length,
    byOutcome: count(placed.map(({ outcome }) => outcome)),
    byErrorClass: count(placed.map(({ errorClass }) => errorClass)),
    placeLatencyS: {
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: seconds.at(-1) ?? null,
      over1s: seconds.filter((one) => one > 1).length,
    },
  };
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
