import { z } from 'zod';
import { duration, text } from '../fields.ts';
import { TradingSymbol } from './whitelist.ts';

const QuantityCap = z.object({
  symbol: TradingSymbol.describe('The symbol, e.g. BTCTRY.'),
  quantity: text({
    max: 29,
    pattern: '^[0-9]{1,12}(\\.[0-9]{1,16})?$',
    says: 'must be a decimal string, e.g. "0.5"',
  }).describe('The largest base quantity of one order, a decimal string, e.g. "0.5".'),
});

const SYMBOLS_MAX = 500;

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
    maxNotionalTryPerOrder: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .optional()
      .describe('Notional of one order, in whole TRY. Default: that of one second.'),
    maxQuantityPerOrder: z
      .array(QuantityCap)
      .max(SYMBOLS_MAX)
      .refine(
        (caps) => new Set(caps.map(({ symbol }) => symbol)).size === caps.length,
        'a symbol is named twice',
      )
      .optional()
      .describe('Base quantity of one order, by symbol. Default: no limit.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['symbol'] }),
    repeatedOrders: z
      .object({
        max: z.int().min(1).max(300).describe('How many of them may leave.'),
        within: duration({ min: '1s', max: '1h', example: '10s' }).describe('In how long.'),
      })
      .optional()
      .describe(
        'Orders of the same symbol, side, type, quantity and price: a strategy that runs wild repeats itself. Default: no limit.',
      ),
    priceCollarPercent: z
      .number()
      .gt(0)
      .max(100)
      .optional()
      .describe('How far a limit price may be from a fresh reference price. Default: no limit.'),
  })
  .prefault({})
  .describe('What this executor may do. In trickle never more than 30 orders/min and 500 TRY/s.');
