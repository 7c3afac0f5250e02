import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cutTo } from '../../crds/bounded.ts';
import { RollbackStatus } from '../../crds/status.ts';
import { TradingExecutorStatus } from '../../crds/trading-executor.ts';
import { TradingIncidentSpec, TradingIncidentStatus } from '../../crds/trading-incident.ts';

const Small = z.object({
  word: z.string().max(4),
  list: z.array(z.object({ text: z.string().max(3) })).max(2),
  maybe: z.string().max(2).optional(),
  free: z.number(),
});
const cut = cutTo(Small);
const anySmall = fc.record(
  {
    word: fc.string({ unit: 'binary', maxLength: 9 }),
    list: fc.array(fc.record({ text: fc.string({ maxLength: 9 }) }), { maxLength: 5 }),
    maybe: fc.string({ maxLength: 5 }),
    free: fc.integer(),
  },
  { requiredKeys: ['word', 'list', 'free'] },
);

describe('a value cut to its schema', () => {
  it('fits, whatever it was, and is not cut twice', () => {
    fc.assert(
      fc.property(anySmall, (value) => {
        const after = cut(value);
        expect(Small.safeParse(after).success).toBe(true);
        expect(cut(after)).toEqual(after);
        if (Small.safeParse(value).success) expect(after).toEqual(value);
      }),
    );
  });

  it('keeps the beginning of texts and lists', () => {
    const list = ['one', 'second', 'third'].map((text) => ({ text }));
    expect(cut({ word: 'longer', list, free: 1 })).toEqual({
      word: 'long',
      list: [{ text: 'one' }, { text: 'sec' }],
      free: 1,
    });
  });

  it.each([
    ['abc😀', 'abc😀'],
    ['abcd😀', 'abcd'],
    ['😀😀😀😀😀', '😀😀😀😀'],
    ['a\uD83Db', 'a\uFFFDb'],
  ])('makes of %j whole characters, as the API server counts and stores them', (word, kept) => {
    expect(cut({ word, list: [], free: 1 }).word).toBe(kept);
  });

  it.each([
    ['status.rollback', RollbackStatus, 'evidence', 512],
    ['an incident', TradingIncidentSpec, 'decision', 1_024],
    ['the status of an incident', TradingIncidentStatus, 'evidence', 512],
  ])('has the bounds of %s', (_, schema, field, max) => {
    const after = cutTo<z.ZodType>(schema)({ [field]: 'x'.repeat(9_999) });
    expect((after as Record<string, string>)[field]).toHaveLength(max);
  });

  it('has the bounds of a condition', () => {
    const long = 'x'.repeat(9_999);
    const conditions = Array(40).fill({ type: 'Ready', reason: long, message: long });
    const after = cutTo(TradingExecutorStatus)({ conditions });
    expect(after.conditions).toHaveLength(32);
    expect(after.conditions?.[0]?.reason).toHaveLength(128);
    expect(after.conditions?.[0]?.message).toHaveLength(4_096);
  });
});
