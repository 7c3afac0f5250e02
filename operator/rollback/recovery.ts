import type { ControlReport } from '../../crds/control.ts';

/** The window and the counts by which `resolved` is believed; the alert uses the same bucket. */
const WINDOW_MS = 5 * 60_000;
export const ORDERS_MIN = 20;
const WITHIN_1S_MIN_PERCENT = 95;

export type Recovery =
  | { readonly recovered: true; readonly why: string }
  | { readonly recovered: false; readonly why: string };

/**
 * Whether the executors themselves show that Place→ACK is good again: `resolved` alone does not (a
 * Prometheus that died resolves every alert after four minutes). `reports` are the answers of GET
 * /control; an executor that cannot be asked contributes none, and none is no proof.
 */
export function recovery(reports: readonly ControlReport[]): Recovery {
  let orders = 0;
  let within1s = 0;
  for (const { recent } of reports) {
    const window = recent.find((one) => one.windowMs === WINDOW_MS);
    orders += window?.orders ?? 0;
    within1s += window?.within1s ?? 0;
  }
  if (reports.length === 0) return { recovered: false, why: 'no executor could be asked' };
  const seen = `${within1s} of ${orders} non-paper orders in 5 min were acknowledged within 1 s`;
  if (orders < ORDERS_MIN) {
    return { recovered: false, why: `${seen}; at least ${ORDERS_MIN} orders are needed as proof` };
  }
  const enough = within1s * 100 >= orders * WITHIN_1S_MIN_PERCENT;
  return { recovered: enough, why: `${seen}; ${WITHIN_1S_MIN_PERCENT} % are needed` };
}
