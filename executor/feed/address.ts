import type { TradingExecutorSpec } from '../../crds/trading-executor.ts';

const BTCTURK_FEED = 'wss://ws-feed-pro.btcturk.com/';

export type FeedAddress =
  | { readonly kind: 'at'; readonly url: string }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Where the venue's feed is. Orders that go elsewhere than to the venue's own address say nothing
 * about its feed: the real venue's prices are not recorded beside a simulator's orders.
 */
export function feedAddress({ venue }: Pick<TradingExecutorSpec, 'venue'>): FeedAddress {
  if (venue.name !== 'btcturk') return { kind: 'none', why: `${venue.name} has no feed here` };
  if (venue.feedUrl !== undefined) return { kind: 'at', url: venue.feedUrl };
  if (venue.baseUrl === undefined) return { kind: 'at', url: BTCTURK_FEED };
  return { kind: 'none', why: 'spec.venue.baseUrl is set; set spec.venue.feedUrl beside it' };
}
