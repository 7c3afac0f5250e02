import { z } from 'zod';

export const Limits = z
  .object({
    maxOrdersPerMinute: z
      .int()
      .min(0)
      .max(300)
      .default(30)
      .describe('New orders in any 60 seconds.'),
    maxNotionalTryPerSecond: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .default(500)
      .describe('Notional of new orders in any second, in whole TRY.'),
    maxConcurrency: z.int().min(1).max(64).default(4).describe('Venue calls at the same time.'),
    maxOpenOrders: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe('Open orders at the same time, unknown ones counted. Default: no limit.'),
    maxOpenNotionalTry: z
      .int()
      .min(0)
      .max(1_000_000_000_000)
      .optional()
      .describe('Notional of open orders in whole TRY, unknown ones counted. Default: no limit.'),
    priceCollarPercent: z
      .number()
      .gt(0)
      .max(100)
      .optional()
      .describe('How far a limit price may be from a fresh reference price. Default: no limit.'),
  })
  .prefault({})
  .describe('What this executor may do. In trickle never more than 30 orders/min and 500 TRY/s.');
