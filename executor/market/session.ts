import type { EpochMs } from '../../crds/clock.ts';
import type { Amount } from '../order/amount.ts';

/** What a market does with the orders it holds. */
export type Matching =
  | { readonly kind: 'trades' }
  /** They are collected, or nothing happens. */
  | { readonly kind: 'rests' }
  /** At the closing price alone; undefined while that is not known. */
  | { readonly kind: 'closing-price'; readonly price: Amount | undefined };

interface Moment {
  /** The phase's name, for people and programs. */
  readonly phase: string;
  readonly matching: Matching;
  /** Orders received before this have ended with their session; undefined where none ends by itself. */
  readonly ordersSince: EpochMs | undefined;
}

/** A market at one moment: whether it takes new orders, and why not. */
export type Session =
  | (Moment & { readonly kind: 'open' })
  | (Moment & {
      readonly kind: 'closed';
      /** When orders are taken again; undefined when the calendar does not reach that far. */
      readonly nextOpen: EpochMs | undefined;
    });

/** A market that never closes, as those for crypto. */
export const ALWAYS_OPEN: Session = {
  kind: 'open',
  phase: 'continuous',
  matching: { kind: 'trades' },
  ordersSince: undefined,
};
