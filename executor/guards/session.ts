import { type Amount, decimal } from '../order/amount.ts';
import { type Denial, denial } from './denial.ts';
import type { Guard } from './guard.ts';

/** The market of the symbol must take new orders now, and at the closing price only that one. */
export const inSession: Guard = ({ request, session }) => {
  const { symbol, price } = request;
  if (session.kind === 'closed') {
    const { phase } = session;
    const nextOpen = session.nextOpen === undefined ? null : instant(session.nextOpen);
    const again = nextOpen === null ? 'the calendar does not say when it does' : `from ${nextOpen}`;
    const message = `the market of ${symbol} takes no new order in phase ${phase}; ${again}`;
    return denial('OUT_OF_SESSION', message, { details: { phase, nextOpen } });
  }
  if (session.matching.kind !== 'closing-price') return undefined;
  return atClosingPrice(symbol, price, session.matching.price);
};

function atClosingPrice(
  symbol: string,
  price: Amount | undefined,
  closing: Amount | undefined,
): Denial | undefined {
  if (closing === undefined) {
    const message = `only the closing price trades now, and that of ${symbol} is not known`;
    return denial('NO_CLOSING_PRICE', message);
  }
  if (price === closing) return undefined;
  const message = `only the closing price ${decimal(closing)} of ${symbol} trades now`;
  return denial('NOT_CLOSING_PRICE', message, { details: { closingPrice: decimal(closing) } });
}

const instant = (at: number): string => new Date(at).toISOString();
