import { effectiveOf } from '../../crds/effective.ts';
import { type ExecutorKey, textOf } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { BTCTURK_ORDERS_PER_MINUTE, BTCTURK_ORIGIN, TRICKLE } from '../../crds/venue-limits.ts';
import { no, type Verdict, yes } from './conditions.ts';

/** What one executor may ask of a venue: new orders a minute that its effective state allows. */
export interface Share {
  readonly host: string;
  readonly orders: number;
}

/** What all executors together may ask of one venue's host. */
export interface Budget extends Share {
  readonly executors: number;
  /** Of the executor that is looked at. */
  readonly own: number;
}

/** undefined: nothing real leaves, or the venue has no such quota. */
export function shareOf(executor: TradingExecutor): Share | undefined {
  const { venue, limits } = executor.spec;
  const { mode, open } = effectiveOf(executor);
  if (venue.name !== 'btcturk' || mode === 'paper' || !open) return undefined;
  const most = mode === 'trickle' ? TRICKLE.maxOrdersPerMinute : BTCTURK_ORDERS_PER_MINUTE;
  const orders = Math.min(limits.maxOrdersPerMinute, most);
  return orders === 0 ? undefined : { host: new URL(venue.baseUrl ?? BTCTURK_ORIGIN).host, orders };
}

export const isExceeded = ({ orders }: Share): boolean => orders > BTCTURK_ORDERS_PER_MINUTE;

/** Pods of a cluster usually leave by one address, which is what the venue counts by. */
export function venueBudgetExceeded(budget: Budget | undefined): Verdict {
  if (budget === undefined || !isExceeded(budget)) {
    return no('WithinQuota', 'the venue takes what all executors together may send');
  }
  const { executors, orders, host, own } = budget;
  const quota = BTCTURK_ORDERS_PER_MINUTE;
  const sum = `${executors} executors may send ${orders} orders a minute to ${host}, ${own} of them this one`;
  const limit = `it takes ${quota} from one address, and ${quota} cancels, and then blocks all of them for a minute`;
  const remedy = `lower spec.limits.maxOrdersPerMinute by ${orders - quota} in all, or give some another address`;
  return yes('OrdersAboveQuota', `${sum}; ${limit}; ${remedy}`);
}

/** The sums, kept as executors change: a look costs nothing, however many there are. */
export class VenueBudgets {
  readonly #shares = new Map<string, { readonly key: ExecutorKey; readonly share: Share }>();
  readonly #sums = new Map<string, Share & { readonly executors: number }>();

  /** Takes a change in. Returns whose verdict is another one now. */
  saw(
    { namespace, name }: ExecutorKey,
    object: TradingExecutor | undefined,
  ): readonly ExecutorKey[] {
    const key = { namespace, name };
    const before = this.#shares.get(textOf(key))?.share;
    const now = object && shareOf(object);
    if (before?.host === now?.host && before?.orders === now?.orders) return [];
    const hosts = [...new Set([before?.host, now?.host])].filter((host) => host !== undefined);
    const were = hosts.map((host) => this.#isExceeded(host));
    if (before !== undefined) this.#add(before, -1);
    if (now !== undefined) this.#add(now, 1);
    if (now === undefined) this.#shares.delete(textOf(key));
    else this.#shares.set(textOf(key), { key, share: now });
    const flipped = hosts.filter((host, index) => this.#isExceeded(host) !== were[index]);
    if (flipped.length === 0) return [];
    const all = [...this.#shares.values()];
    return all.filter(({ share }) => flipped.includes(share.host)).map((one) => one.key);
  }

  of(key: ExecutorKey): Budget | undefined {
    const share = this.#shares.get(textOf(key))?.share;
    const sum = share && this.#sums.get(share.host);
    return sum && { ...sum, own: share.orders };
  }

  #isExceeded(host: string): boolean {
    const sum = this.#sums.get(host);
    return sum !== undefined && isExceeded(sum);
  }

  #add({ host, orders }: Share, sign: 1 | -1): void {
    const { executors = 0, orders: before = 0 } = this.#sums.get(host) ?? {};
    if (executors + sign === 0) this.#sums.delete(host);
    else
      this.#sums.set(host, { host, orders: before + sign * orders, executors: executors + sign });
  }
}
