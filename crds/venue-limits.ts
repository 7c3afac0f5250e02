/** Where BTCTurk is, unless spec.venue.baseUrl says otherwise. */
export const BTCTURK_ORIGIN = 'https://api.btcturk.com';

/** New orders a minute that BTCTurk takes from one address, and as many cancels (venues.md 1.8). */
export const BTCTURK_ORDERS_PER_MINUTE = 300;

/** More is never done in mode trickle, whatever spec.limits says. */
export const TRICKLE = { maxOrdersPerMinute: 30, maxNotionalTryPerSecond: 500 } as const;
