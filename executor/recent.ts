import { ACK_BUCKETS_S } from '../crds/ack-buckets.ts';
import type { Clock, EpochMs } from '../crds/clock.ts';
import type { RecentOrders } from '../crds/control.ts';
import type { Order } from './order/order.ts';

const WINDOWS_MS = [300_000, 3_600_000] as const;
const LONGEST_MS = 3_600_000;

interface Result {
  readonly at: EpochMs;
  readonly isAcked: boolean;
  /** From receipt to the venue's answer; infinite without one. */
  readonly answeredAfterMs: number;
}

/** Non-paper orders of the last hour, for the badge and for whether an alert has really gone. */
export class Recent {
  readonly #clock: Clock;
  #results: Result[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(order: Order): void {
    const { placed, terms } = order;
    if (placed === undefined || terms.mode === 'paper') return;
    const { outcome, latencyMs, at } = placed;
    const isAnswered = outcome === 'acked' || outcome === 'rejected';
    const answeredAfterMs = isAnswered ? latencyMs : Number.POSITIVE_INFINITY;
    this.#results.push({ at, isAcked: outcome === 'acked', answeredAfterMs });
  }

  windows(): readonly RecentOrders[] {
    const now = this.#clock.wall();
    this.#results = this.#results.filter(({ at }) => at > now - LONGEST_MS);
    return WINDOWS_MS.map((windowMs) => {
      const inside = this.#results.filter(({ at }) => at > now - windowMs);
      const acked = inside.filter(({ isAcked }) => isAcked);
      const within = (some: readonly Result[], le: number) =>
        some.filter(({ answeredAfterMs }) => answeredAfterMs <= le * 1_000).length;
      const buckets = ACK_BUCKETS_S.map((le) => {
        return { le, answered: within(inside, le), acked: within(acked, le) };
      });
      return { windowMs, orders: inside.length, acked: acked.length, buckets };
    });
  }
}
