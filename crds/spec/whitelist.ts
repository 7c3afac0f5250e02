import { z } from 'zod';
import { text } from '../fields.ts';

export const TradingSymbol = text({
  max: 32,
  pattern: '^[A-Z0-9][A-Z0-9._]*$',
  says: 'must be a symbol in capitals as the venue writes it, e.g. BTCTRY or GARAN.E',
});

export const Whitelist = z
  .array(TradingSymbol)
  .max(500)
  .refine((symbols) => new Set(symbols).size === symbols.length, 'a symbol is named twice')
  .optional()
  .describe(
    'The symbols that may be traded. Default for btcturk: BTCTRY and BTCUSDT. Needed for bist. An empty list allows none.',
  )
  .meta({ 'x-kubernetes-list-type': 'set' });
