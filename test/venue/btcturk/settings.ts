import { z } from 'zod';

/** Every limited route of the venue, and the names under which faults are ordered. */
export const routeNames = [
  'server.time',
  'server.ping',
  'exchangeinfo',
  'ticker',
  'orderbook',
  'public.trades',
  'balances',
  'order.submit',
  'order.cancel',
  'order.get',
  'openOrders',
  'allOrders',
  'trades',
] as const;
export type RouteName = (typeof routeNames)[number];

export const Quota = z.strictObject({
  limit: z.int().min(1),
  periodMs: z.int().min(1),
  blockMs: z.int().min(0),
});
export type Quota = z.infer<typeof Quota>;

const perSecond = (limit: number): Quota => ({ limit, periodMs: 1_000, blockMs: 1_000 });
const perMinute = (limit: number): Quota => ({ limit, periodMs: 60_000, blockMs: 60_000 });

/** The venue's published table; routes without a row have no limit. */
export const publishedLimits: Partial<Record<RouteName, readonly Quota[]>> = {
  'order.submit': [perSecond(10), perMinute(300)],
  'order.cancel': [perSecond(10), perMinute(300)],
  'order.get': [perSecond(30), perMinute(900)],
  openOrders: [perMinute(300)],
  allOrders: [perMinute(300)],
  balances: [perMinute(120)],
  trades: [perMinute(120)],
  ticker: [perMinute(600)],
  orderbook: [perMinute(180)],
};

/** What is undocumented or varies is a switch here, not a constant. */
export const Settings = z.strictObject({
  /** Tolerated |venue time - stamp|; the boundary itself is accepted. */
  windowMs: z.int().min(0),
  /** The venue documents only distinct stamps; its pre-2019 API wanted increasing ones. */
  increasingStamps: z.boolean(),
  /** A 401 has been reported with an empty body too. */
  unauthorizedBody: z.enum(['json', 'empty']),
  /** Consecutive 401s that an address may collect; the next one blocks it. 0 = never. */
  banAfter: z.int().min(0),
  banAnswer: z.enum(['forbidden', 'drop']),
  limiter: z.boolean(),
  limits: z.partialRecord(z.enum(routeNames), z.array(Quota)),
  cancelDelayMs: z.int().min(0),
  /** fill: orders that cross the book trade at once. rest: nothing trades without POST /fill. */
  crossing: z.enum(['fill', 'rest']),
  fillDelayMs: z.int().min(0),
  /** Added to every error code: the venue's codes were off by one for a time. */
  codeShift: z.int(),
  /** Pairs in maintenance: a cancel answers ORDER_CANCEL_BLOCKED. */
  cancelBlocked: z.array(z.string()),
  openOrdersTimeZero: z.boolean(),
  /** Older replies spell `pairsymbol`, `pairsymbolnormalized`. */
  lowerCasePairFields: z.boolean(),
  allOrdersLimitMax: z.int().min(1),
  /** An idle connection is closed after this long, as a load balancer does. */
  keepAliveMs: z.int().min(1),
  /** The feed batches books and repeats tickers at this pace. */
  feedBatchMs: z.int().min(1),
  feedPingMs: z.int().min(1),
  /** The connection stands and nothing comes over it: no frame, no answer, no ping. */
  feedSilent: z.boolean(),
  /** How 421 and 422 write `I`: as text, or as a bare number beyond 2^53. */
  feedTradeIds: z.enum(['text', 'number']),
  /** Whether a filled order is announced by 452 as well is not documented. */
  feedDeleteOnFill: z.boolean(),
  /** Every feed batch moves every market by a step, at random. */
  walk: z.boolean(),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  windowMs: 5_000,
  increasingStamps: false,
  unauthorizedBody: 'json',
  banAfter: 50,
  banAnswer: 'forbidden',
  limiter: true,
  limits: {},
  cancelDelayMs: 50,
  crossing: 'fill',
  fillDelayMs: 0,
  codeShift: 0,
  cancelBlocked: [],
  openOrdersTimeZero: false,
  lowerCasePairFields: false,
  allOrdersLimitMax: 1_000,
  keepAliveMs: 60_000,
  feedBatchMs: 764,
  feedPingMs: 15_000,
  feedSilent: false,
  feedTradeIds: 'text',
  feedDeleteOnFill: false,
  walk: false,
};
