import { amount, fixed, times } from './amount.ts';
import { isMarket, isOpen, type Order } from './order.ts';

/** Taker commission of 0.18 %: 0.15 % fee and 20 % tax on it; charged in the quote currency. */
export const FEE_RATE = amount('0.0015');
export const TAX_RATE = amount('0.0003');

/** `total` plus its commission. */
export function withCommission(total: bigint): bigint {
  return total + times(total, FEE_RATE) + times(total, TAX_RATE);
}

interface Purse {
  balance: bigint;
  locked: bigint;
}

const assets: readonly (readonly [asset: string, name: string, precision: number])[] = [
  ['TRY', 'Türk Lirası', 2],
  ['USDT', 'Tether', 4],
  ['BTC', 'Bitcoin', 8],
  ['ETH', 'Ethereum', 8],
  ['LDO', 'Lido DAO', 2],
];

/** What one customer owns. balance = free + locked. */
export class Account {
  readonly #purses = new Map<string, Purse>();

  constructor(balances: Readonly<Record<string, string>>) {
    for (const [asset, text] of Object.entries(balances)) this.set(asset, amount(text));
  }

  set(asset: string, balance: bigint): void {
    this.#purse(asset).balance = balance;
  }

  balance(asset: string): bigint {
    return this.#purse(asset).balance;
  }

  free(asset: string): bigint {
    const purse = this.#purse(asset);
    return purse.balance - purse.locked;
  }

  add(asset: string, change: bigint): void {
    this.#purse(asset).balance += change;
  }

  /** Makes the lock of an order what its open remainder needs now: nothing once it has ended. */
  relock(order: Order): void {
    const needed = isOpen(order) ? lockNeeded(order, order.left) : 0n;
    this.#purse(lockAsset(order)).locked += needed - order.locked;
    order.locked = needed;
  }

  view(): readonly Record<string, unknown>[] {
    return assets.map(([asset, assetname, precision]) => {
      const { balance, locked } = this.#purse(asset);
      return {
        asset,
        assetname,
        balance: fixed(balance, precision),
        locked: fixed(locked, precision),
        free: fixed(balance - locked, precision),
        orderFund: fixed(locked, precision),
        requestFund: '0',
        precision,
      };
    });
  }

  #purse(asset: string): Purse {
    const purse = this.#purses.get(asset) ?? { balance: 0n, locked: 0n };
    this.#purses.set(asset, purse);
    return purse;
  }
}

type Lockable = Pick<Order, 'side' | 'method' | 'price' | 'symbol'>;

export function lockAsset(order: Lockable): string {
  return order.side === 'buy' ? order.symbol.denominator : order.symbol.numerator;
}

/** Funds that an open order ties up: a buy its total with commission, a sell its base amount. */
export function lockNeeded(order: Lockable, left: bigint): bigint {
  if (order.side === 'sell') return left;
  return withCommission(isMarket(order.method) ? left : times(left, order.price));
}
