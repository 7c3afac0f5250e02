import type { Clock } from '../crds/clock.ts';
import type { WireReply } from './venues/btcturk/exchange.ts';
import type { Meter, Route } from './venues/btcturk/meter.ts';

/** The venue blocks an address after 50 in a row; we stop at a tenth of that. */
const REFUSALS_MAX = 5;
/** Then one try this often finds out whether the key works again. */
const RETRY_MS = 30_000;

const isPrivate = (route: Route): boolean => !/^(ticker|server\.)/.test(route);

/** Counts refusals of our key in a row, over all private calls. */
export class KeyHealth implements Meter {
  readonly #clock: Clock;
  #inARow = 0;
  #lastAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(route: Route, reply: WireReply): void {
    if (!isPrivate(route) || reply.kind !== 'answer') return;
    this.#inARow = reply.status === 401 ? this.#inARow + 1 : 0;
    if (reply.status === 401) this.#lastAt = this.#clock.elapsed();
  }

  isRefused(): boolean {
    return this.#inARow >= REFUSALS_MAX && this.#clock.elapsed() - this.#lastAt < RETRY_MS;
  }
}
