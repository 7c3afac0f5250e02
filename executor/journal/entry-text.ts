import type { OrderEvent } from '../order/order.ts';

const MARK = 'n:';

/** An event as JSON text; amounts are kept exact as `n:<units>`. */
export function eventText(event: OrderEvent): string {
  return JSON.stringify(event, (_key, value) =>
    typeof value === 'bigint' ? `${MARK}${value}` : value,
  );
}

/** Fields that hold an amount; a caller's text is never mistaken for one. */
const amountFields = new Set(['quantity', 'quoteQuantity', 'price', 'notionalTry', 'filled']);

export function eventOfText(text: string): OrderEvent {
  return JSON.parse(text, (key, value) =>
    amountFields.has(key) && typeof value === 'string' && value.startsWith(MARK)
      ? BigInt(value.slice(MARK.length))
      : value,
  ) as OrderEvent;
}
