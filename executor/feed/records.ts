import type { EpochMs } from '../../crds/clock.ts';
import type { Amount } from '../order/amount.ts';

/** When a frame came in, read in the thread that owns the socket. */
export interface Receipt {
  readonly wall: EpochMs;
  /** Monotonic ms: what durations are counted from. */
  readonly elapsed: number;
}

export interface Level {
  readonly price: Amount;
  /** In the base currency; zero in a difference: the level is gone. */
  readonly amount: Amount;
}

export interface Trade {
  /** The venue's, digit by digit: it exceeds 2^53. */
  readonly id: string;
  readonly price: Amount;
  readonly amount: Amount;
  /** The venue's own time, ms UTC. */
  readonly tradedAt: EpochMs;
  /** 0 or 1, as the venue sends it: which of them is a buy is not documented. */
  readonly sideFlag: 0 | 1;
}

export interface Ticker {
  readonly bid: Amount;
  readonly ask: Amount;
  readonly last: Amount;
}

/** Why a symbol's record has a hole. Its book is missing; of some, its trades and tickers too. */
export const gapReasons = [
  /** Nothing was recorded before: a symbol is new to the whitelist. */
  'started',
  /** The recording was not running. */
  'stopped',
  /** A frame of the book was missing: trades and tickers went on. */
  'sequence',
  /** The connection ended or could not be made. */
  'closed',
  /** The connection stood, and nothing came. */
  'silent',
  /** Nothing could be written. */
  'disk',
  /** The symbol left the whitelist. */
  'left',
] as const;
export type GapReason = (typeof gapReasons)[number];

/** What is written, in the order in which it happened. `at` is the receipt, UTC ms. */
export type FeedRecord =
  | {
      readonly kind: 'book';
      readonly symbol: string;
      readonly at: EpochMs;
      /** A full book starts a new sequence; each difference is one higher than what is before it. */
      readonly form: 'full' | 'difference';
      readonly sequence: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
    }
  | {
      readonly kind: 'trade';
      readonly symbol: string;
      readonly at: EpochMs;
      readonly trade: Trade;
    }
  | {
      readonly kind: 'ticker';
      readonly symbol: string;
      readonly at: EpochMs;
      readonly ticker: Ticker;
    }
  | {
      readonly kind: 'gap-opened';
      readonly symbol: string;
      readonly at: EpochMs;
      readonly reason: GapReason;
    }
  | { readonly kind: 'gap-closed'; readonly symbol: string; readonly at: EpochMs };

export const tables = ['books', 'trades', 'tickers'] as const;
export type Table = (typeof tables)[number];
export type Rows = Readonly<Record<Table, number>>;
