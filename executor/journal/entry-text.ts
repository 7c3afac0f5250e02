import { type Amount, decimal } from '../order/amount.ts';
import type { OrderEvent } from '../order/order.ts';
import type { StoredRow } from './rows.ts';

const MARK = 'n:';

/** An event as JSON text; amounts are kept exact as `n:<units>`. */
export function eventText(event: OrderEvent): string {
  return JSON.stringify(event, (_key, value) =>
    typeof value === 'bigint' ? `${MARK}${value}` : value,
  );
}

/** Fields that hold an amount; a caller's text is never mistaken for one. */
const amountFields = new Set(['quantity', 'quoteQuantity', 'price', 'notionalTry', 'filled']);

/** The text's value, with every amount given to `amount`. */
function read(text: string, amount: (value: Amount) => unknown): unknown {
  return JSON.parse(text, (key, value) =>
    amountFields.has(key) && typeof value === 'string' && value.startsWith(MARK)
      ? amount(BigInt(value.slice(MARK.length)) as Amount)
      : value,
  );
}

export function eventOfText(text: string): OrderEvent {
  return read(text, (value) => value) as OrderEvent;
}

/** A row for people and archives: one JSON line, instants in RFC 3339, amounts as decimals. */
export function exportLine({ sequence, at, orderId, body }: StoredRow): string {
  const event = read(body, decimal);
  const line = { sequence, at: new Date(at).toISOString(), orderId, event };
  return `${JSON.stringify(line)}\n`;
}
