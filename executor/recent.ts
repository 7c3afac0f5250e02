import type { Clock, EpochMs } from '../crds/clock.ts';
import type { RecentOrders } from '../crds/control.ts';
import type { Order } from './order/order.ts';

const WINDOWS_MS = [300_000, 3_600_000] as const;
const LONGEST_MS = 3_600_000;
/** The bucket that the alerts and the badge read. */
const WITHIN_MS = 1_000;

interface Result {
  readonly at: EpochMs;
  readonly isAcked: boolean;
  readonly isQuick: boolean;
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
    const isAcked = placed.outcome === 'acked';
    const isQuick = isAcked && placed.latencyMs <= WITHIN_MS;
    this.#results.push({ at: placed.at, isAcked, isQuick });
  }

  windows(): readonly RecentOrders[] {
    const now = this.#clock.wall();
    this.#results = this.#results.filter(({ at }) => at > now - LONGEST_MS);
    return WINDOWS_MS.map((windowMs) => {
      const inside = this.#results.filter(({ at }) => at > now - windowMs);
      return {
        windowMs,
        orders: inside.length,
        acked: inside.filter(({ isAcked }) => isAcked).length,
        within1s: inside.filter(({ isQuick }) => isQuick).length,
      };
    });
  }
}
