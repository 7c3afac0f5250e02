import type { Instrument } from '../../executor/market/instrument.ts';
import type { Amount } from '../../executor/order/amount.ts';

/** Rules that refuse nothing. */
export const anything: Omit<Instrument, 'symbol'> = {
  isTrading: true,
  methods: ['limit', 'market'],
  tickAt: () => 1n as Amount,
  priceScale: 16,
  quantityScale: 16,
  quoteScale: 16,
  lot: undefined,
  minTotal: undefined,
  band: undefined,
};
