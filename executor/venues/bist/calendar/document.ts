import { z } from 'zod';
import { parseAmount } from '../../../order/amount.ts';
import type { Day } from '../istanbul.ts';
import { type Calendar, segmentNames } from './calendar.ts';

const DAYS_MAX = 60;
const YEARS_MAX = 20;
const SYMBOLS_MAX = 2_000;

const DayText = z.iso
  .date({ error: 'must be a day such as 2026-11-24' })
  .transform((text) => text as Day);
const Days = z.array(DayText).max(DAYS_MAX).default([]);

const Price = z.string().refine((text) => (parseAmount(text) ?? 0n) > 0n, {
  error: 'must be a decimal string above 0, e.g. "120.50"',
});
const DatedPrice = z.strictObject({ day: DayText, price: Price });

const SymbolNote = z.strictObject({
  segment: z.enum(segmentNames).optional(),
  tick: Price.optional(),
  basePrice: DatedPrice.optional(),
  closingPrice: DatedPrice.optional(),
});

const Year = z.strictObject({ closed: Days, half: Days });

const Document = z
  .strictObject({
    version: z.int().min(1),
    source: z.string().min(1).max(256),
    years: z
      .record(z.string().regex(/^2[0-9]{3}$/, 'must be a year such as 2026'), Year)
      .refine((years) => Object.keys(years).length <= YEARS_MAX, {
        error: `must have at most ${YEARS_MAX} years`,
      }),
    reopens: Days,
    symbols: z
      .record(z.string().regex(/^[A-Z0-9][A-Z0-9._]{0,31}$/, 'must be a symbol'), SymbolNote)
      .refine((symbols) => Object.keys(symbols).length <= SYMBOLS_MAX, {
        error: `must have at most ${SYMBOLS_MAX} symbols`,
      })
      .default({}),
  })
  .superRefine(({ years }, context) => {
    for (const [year, { closed, half }] of Object.entries(years)) {
      const named = [...closed, ...half];
      const foreign = named.find((day) => !day.startsWith(`${year}-`));
      const twice = named.find((day, index) => named.indexOf(day) !== index);
      const fault = foreign ? `${foreign} is of another year` : twice && `${twice} is named twice`;
      if (fault) context.addIssue({ code: 'custom', path: ['years', year], message: fault });
    }
  });

export type ReadDocument =
  | { readonly ok: true; readonly calendar: Calendar }
  | { readonly ok: false; readonly why: string };

/** Reads a calendar as it is served, mounted or kept. Every fault is named. */
export function readDocument(text: string): ReadDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (fault) {
    return { ok: false, why: `it is not JSON: ${(fault as Error).message}` };
  }
  const parsed = Document.safeParse(json);
  if (parsed.success) return { ok: true, calendar: parsed.data };
  return { ok: false, why: z.prettifyError(parsed.error) };
}
