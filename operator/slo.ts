import type { RecentOrders } from '../crds/control.ts';

/**
 * The Place→ACK SLO: the chart's values of these names, which render the alert rules as well. Shares
 * are 0 to 1.
 */
export interface LatencySlo {
  /** A bound of the histogram (crds/ack-buckets.ts). */
  readonly latencySeconds: number;
  /** Of orders that may be slower: the error budget, and what the badge allows. */
  readonly latencySlowShare: number;
  /** Above it the rollback's clock runs; a `resolved` is believed at or below it. */
  readonly latencyCriticalShare: number;
}

export interface Acks {
  readonly orders: number;
  /** Of these, what counts and came within the SLO's seconds. */
  readonly quick: number;
}

/**
 * `answered`: as the alerts count, by whose bucket the badge goes; a desk whose orders the venue
 * rejects at once is not slow. `acked`: what proves that an alert has gone; a venue that rejects
 * everything at once proves nothing.
 */
export type Counted = 'answered' | 'acked';

/** Non-paper orders of one window, over all pods. */
export function acksWithin(
  recent: readonly (readonly RecentOrders[])[],
  windowMs: number,
  { latencySeconds, counted }: LatencySlo & { readonly counted: Counted },
): Acks {
  const all = recent.flat().filter((one) => one.windowMs === windowMs);
  const quick = ({ buckets }: RecentOrders) => {
    const bucket = buckets.find(({ le }) => le === latencySeconds);
    return bucket?.[counted] ?? bucket?.acked ?? 0;
  };
  return {
    orders: all.reduce((sum, { orders }) => sum + orders, 0),
    quick: all.reduce((sum, one) => sum + quick(one), 0),
  };
}

/** As the rules compute it: what was not quick, of all. NaN without orders. */
export const slowShare = ({ orders, quick }: Acks): number => (orders - quick) / orders;
