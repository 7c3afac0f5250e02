import { ACK_BUCKETS_S } from '../crds/ack-buckets.ts';
import type { Clock, EpochMs } from '../crds/clock.ts';
import type { RecentOrders } from '../crds/control.ts';
import type { Order } from './order/order.ts';

const WINDOWS_MS = [300_000, 3_600_000] as const;
const LONGEST_MS = 3_600_000;

interface Result {
  readonly at: EpochMs;
  /** From receipt to acknowledgement; undefined: it was not acknowledged. */
  readonly ackedAfterMs: number | undefined;
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
    const ackedAfterMs = placed.outcome === 'acked' ? placed.latencyMs : undefined;
    this.#results.push({ at: placed.at, ackedAfterMs });
  }

  windows(): readonly RecentOrders[] {
    const now = this.#clock.wall();
    this.#results = this.#results.filter(({ at }) => at > now - LONGEST_MS);
    return WINDOWS_MS.map((windowMs) => {
      const inside = this.#results.filter(({ at }) => at > now - windowMs);
      const acked = inside.flatMap(({ ackedAfterMs: ms }) => (ms === undefined ? [] : [ms]));
      const within = (le: number) => acked.filter((ms) => ms <= le * 1_000).length;
      const buckets = ACK_BUCKETS_S.map((le) => ({ le, acked: within(le) }));
      return { windowMs, orders: inside.length, acked: acked.length, buckets };
    });
  }
}
