import type { Repeated, Usage } from './guards/guard.ts';
import { ONE_ORDER } from './guards/orders-per-minute.ts';
import { type Amount, plus } from './order/amount.ts';
import { type Likeness, Repeats } from './order/repeats.ts';
import { SlidingWindow } from './order/window.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** A place taken in every window; ends as a charge or is given back, once. */
export interface Hold {
  charge(now: number): void;
  release(): void;
}

/** An order as the windows count it. */
type Counted = Likeness & { readonly notionalTry: Amount };

/** Orders per minute, TRY per second and the same order again, counted together. */
export class Windows {
  readonly #orders = new SlidingWindow(MINUTE_MS);
  readonly #notional = new SlidingWindow(SECOND_MS);
  readonly #repeats = new Repeats();

  reserve(order: Counted): Hold {
    const { notionalTry } = order;
    const [one, money] = [this.#orders.reserve(ONE_ORDER), this.#notional.reserve(notionalTry)];
    const repeat = this.#repeats.reserve(order);
    let isHeld = true;
    const giveBack = () => {
      if (isHeld) this.#orders.release(one);
      if (isHeld) this.#notional.release(money);
      isHeld = false;
    };
    return {
      charge: (now) => {
        giveBack();
        repeat.charge(now);
        this.#orders.charge(ONE_ORDER, now);
        this.#notional.charge(notionalTry, now);
      },
      release: () => {
        giveBack();
        repeat.release();
      },
    };
  }

  /** What left before this process started counts too. */
  charge(order: Counted, now: number): void {
    this.reserve(order).charge(now);
  }

  /** With reservations for those who come; without them for one that has its own. */
  usage(now: number, counting: 'reserved' | 'charged'): WindowUsage {
    const of = (window: SlidingWindow): Usage => ({
      used:
        counting === 'charged' ? window.charged(now) : plus(window.charged(now), window.reserved()),
      waitMs: (amount, limit) => window.waitMs(amount, limit, now),
    });
    const repeats: Repeated = {
      count: (order, withinMs) => this.#repeats.count(order, withinMs, now),
      waitMs: (order, rule) => this.#repeats.waitMs(order, rule, now),
    };
    return { orders: of(this.#orders), notional: of(this.#notional), repeats };
  }
}

interface WindowUsage {
  readonly orders: Usage;
  readonly notional: Usage;
  readonly repeats: Repeated;
}
