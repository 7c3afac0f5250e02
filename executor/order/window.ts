import { type Amount, minus, plus, ZERO } from './amount.ts';

interface Charge {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly amount: Amount;
}

/** A place taken in a window before the order leaves; it becomes a charge or is given back. */
export interface Reservation {
  readonly amount: Amount;
}

/**
 * A sliding window over what left and what is about to leave. Charged at the last gate; a
 * reservation made when the guards passed counts too, so no interleaving of requests overshoots
 * and an accepted order does not meet a full window at its last gate.
 */
export class SlidingWindow {
  readonly #spanMs: number;
  #charges: Charge[] = [];
  readonly #reserved = new Set<Reservation>();
  /** Sums kept as they change: each order asks for them twice. */
  #chargedSum = ZERO;
  #reservedSum = ZERO;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  reserve(amount: Amount): Reservation {
    const reservation = { amount };
    this.#reserved.add(reservation);
    this.#reservedSum = plus(this.#reservedSum, amount);
    return reservation;
  }

  release(reservation: Reservation): void {
    if (!this.#reserved.delete(reservation)) return;
    this.#reservedSum = minus(this.#reservedSum, reservation.amount);
  }

  /** Charges at `now`; a reservation held for it is given back in the same step. */
  charge(amount: Amount, now: number, reservation?: Reservation): void {
    if (reservation !== undefined) this.release(reservation);
    this.#charges.push({ at: now, amount });
    this.#chargedSum = plus(this.#chargedSum, amount);
  }

  /** Everything charged in the span that ends at `now`, `now` included. */
  charged(now: number): Amount {
    this.#forget(now);
    return this.#chargedSum;
  }

  reserved(): Amount {
    return this.#reservedSum;
  }

  /** Milliseconds until `amount` more could fit under `limit`, as far as charges decide it. */
  waitMs(amount: Amount, limit: Amount, now: number): number {
    let used = plus(this.charged(now), this.reserved());
    for (const charge of this.#charges) {
      if (plus(used, amount) <= limit) return 0;
      used = minus(used, charge.amount);
      if (plus(used, amount) <= limit) return Math.max(1, charge.at + this.#spanMs - now);
    }
    // Only what is in flight stands in the way: it settles within a venue call.
    return plus(used, amount) <= limit ? 0 : this.#spanMs;
  }

  #forget(now: number): void {
    const first = this.#charges.findIndex((charge) => charge.at > now - this.#spanMs);
    const gone = this.#charges.splice(0, first === -1 ? this.#charges.length : first);
    for (const { amount } of gone) this.#chargedSum = minus(this.#chargedSum, amount);
  }
}
