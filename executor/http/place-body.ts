import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Amount, decimal, parseAmount } from '../order/amount.ts';
import type { PlaceRequest } from '../order/request.ts';

const Decimal = z
  .string({ error: 'must be a decimal string, e.g. "0.001"' })
  .transform((text, context) => {
    const amount = parseAmount(text);
    if (amount !== undefined && amount > 0n) return amount;
    context.addIssue('must be a decimal above 0 with at most 12.16 digits, e.g. "0.001"');
    return z.NEVER;
  });

const Body = z
  .strictObject({
    symbol: z.string().regex(/^[A-Z0-9][A-Z0-9._]{0,31}$/, 'must be a symbol such as BTCTRY'),
    side: z.enum(['buy', 'sell']),
    type: z.enum(['limit', 'market']),
    quantity: Decimal.optional(),
    quoteQuantity: Decimal.optional(),
    price: Decimal.optional(),
    dryRun: z.boolean().default(false),
  })
  .superRefine((body, context) => {
    const marketBuy = body.type === 'market' && body.side === 'buy';
    const wants = (field: 'quantity' | 'quoteQuantity' | 'price', needed: boolean) => {
      if ((body[field] !== undefined) === needed) return;
      const rule = needed ? 'is required' : 'is not allowed';
      const message = `${rule} for a ${body.type} ${body.side}`;
      context.addIssue({ code: 'custom', path: [field], message });
    };
    wants('quantity', !marketBuy);
    wants('quoteQuantity', marketBuy);
    wants('price', body.type === 'limit');
  });

export interface Fault {
  /** The field, e.g. `price`; empty for the body as a whole. */
  readonly field: string;
  readonly message: string;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: PlaceRequest; readonly hash: string }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a body, naming every field that is wrong. `hash` is of what was meant, not of its spelling. */
export function parseRequest(body: unknown): ParsedRequest {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return { ok: false, faults: parsed.error.issues.flatMap(faultsOf) };
  const { quantity, quoteQuantity, price, ...rest } = parsed.data;
  const request: PlaceRequest = {
    ...rest,
    ...(quantity === undefined ? {} : { quantity }),
    ...(quoteQuantity === undefined ? {} : { quoteQuantity }),
    ...(price === undefined ? {} : { price }),
  };
  return { ok: true, request, hash: hashOf(request) };
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') {
    return [{ field: path.join('.'), message: issue.message }];
  }
  return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'unknown field' }));
}

function hashOf(request: PlaceRequest): string {
  const text = (amount: Amount | undefined) => (amount === undefined ? '' : decimal(amount));
  const { symbol, side, type, quantity, quoteQuantity, price, dryRun } = request;
  const parts = [symbol, side, type, text(quantity), text(quoteQuantity), text(price), dryRun];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
