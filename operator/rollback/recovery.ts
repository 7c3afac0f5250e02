import type { ControlReport } from '../../crds/control.ts';
import { acksWithin, type LatencySlo, slowShare } from '../slo.ts';

/** The window and the counts by which `resolved` is believed; the alert uses the same bucket. */
const WINDOW_MS = 5 * 60_000;
export const ORDERS_MIN = 20;

export type Recovery =
  | { readonly recovered: true; readonly why: string }
  | { readonly recovered: false; readonly why: string };

/**
 * Whether the executors themselves show that Place→ACK is good again: `resolved` alone does not (a
 * Prometheus that died resolves every alert after four minutes). `reports` are the answers of GET
 * /control; an executor that cannot be asked contributes none, and none is no proof.
 */
export function recovery(reports: readonly ControlReport[], slo: LatencySlo): Recovery {
  if (reports.length === 0) return { recovered: false, why: 'no executor could be asked' };
  const recent = reports.map((report) => report.recent);
  const acks = acksWithin(recent, WINDOW_MS, { ...slo, counted: 'acked' });
  const { orders, quick } = acks;
  const seen = `${quick} of ${orders} non-paper orders in 5 min were acknowledged within ${slo.latencySeconds} s`;
  if (orders < ORDERS_MIN) {
    return { recovered: false, why: `${seen}; at least ${ORDERS_MIN} orders are needed as proof` };
  }
  const needed = Number(((1 - slo.latencyCriticalShare) * 100).toPrecision(12));
  const recovered = slowShare(acks) <= slo.latencyCriticalShare;
  return { recovered, why: `${seen}; ${needed} % are needed` };
}
