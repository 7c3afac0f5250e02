import { describe, expect, it } from 'vitest';
import { byConstructor, growth } from './heap-snapshot.ts';

const meta = {
  node_fields: ['type', 'name', 'id', 'self_size'],
  node_types: [['hidden', 'string', 'object'], 'string', 'number', 'number'],
};

describe('a heap snapshot', () => {
  it('is summed up by constructor, strings and hidden things by their kind', () => {
    const nodes = [2, 0, 1, 40, 2, 0, 3, 60, 1, 1, 5, 24, 0, 1, 7, 8];
    const found = byConstructor({ snapshot: { meta }, nodes, strings: ['Order', 'text'] });
    expect([...found]).toEqual([
      ['Order', { count: 2, bytes: 100 }],
      ['(string)', { count: 1, bytes: 24 }],
      ['(hidden)', { count: 1, bytes: 8 }],
    ]);
  });

  it('compared with an earlier one shows what grew, most bytes first', () => {
    const before = new Map([
      ['Order', { count: 5, bytes: 500 }],
      ['Gone', { count: 9, bytes: 900 }],
    ]);
    const after = new Map([
      ['New', { count: 1, bytes: 50 }],
      ['Order', { count: 7, bytes: 700 }],
    ]);
    expect(growth(before, after, 10)).toEqual([
      { constructorName: 'Order', count: 2, bytes: 200 },
      { constructorName: 'New', count: 1, bytes: 50 },
    ]);
  });
});
