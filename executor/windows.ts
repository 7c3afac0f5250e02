import type { Usage } from './guards/guard.ts';
import { ONE_ORDER } from './guards/orders-per-minute.ts';
import { type Amount, plus } from './order/amount.ts';
import { type Reservation, SlidingWindow } from './order/window.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** A place taken in both windows; ends as a charge or is given back, once. */
export interface Hold {
  charge(now: number): void;
  release(): void;
}

/** Orders per minute and TRY per second, counted together. */
export class Windows {
  readonly #orders = new SlidingWindow(MINUTE_MS);
  readonly #notional = new SlidingWindow(SECOND_MS);

  reserve(notional: Amount): Hold {
    let held: readonly [Reservation, Reservation] | undefined = [
      this.#orders.reserve(ONE_ORDER),
      this.#notional.reserve(notional),
    ];
    const release = () => {
      if (held === undefined) return;
      this.#orders.release(held[0]);
      this.#notional.release(held[1]);
      held = undefined;
    };
    const charge = (now: number) => {
      release();
      this.charge(notional, now);
    };
    return { charge, release };
  }

  /** What left before this process started counts too. */
  charge(notional: Amount, now: number): void {
    this.#orders.charge(ONE_ORDER, now);
    this.#notional.charge(notional, now);
  }

  /** With reservations for those who come; without them for one that has its own. */
  usage(now: number, counting: 'reserved' | 'charged'): { orders: Usage; notional: Usage } {
    const of = (window: SlidingWindow): Usage => ({
      used:
        counting === 'charged' ? window.charged(now) : plus(window.charged(now), window.reserved()),
      waitMs: (amount, limit) => window.waitMs(amount, limit, now),
    });
    return { orders: of(this.#orders), notional: of(this.#notional) };
  }
}
