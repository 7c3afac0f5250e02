import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameOf } from '../../executor/feed/frames.ts';
import { decimal } from '../../executor/order/amount.ts';

const BIG = '1149163839863900657'; // beyond 2^53: as a number it would end in …656

describe('a frame of the feed', () => {
  it.each([
    ['as text', `"${BIG}"`],
    ['as a bare number', BIG],
  ])('keeps every digit of a trade’s id that comes %s', (_, id) => {
    const text = `[422,{"type":422,"PS":"BTCTRY","D":"1767225600000","I":${id},"A":"0.5","P":"4200000","S":1}]`;
    expect(frameOf(text)).toMatchObject({
      kind: 'trades',
      symbol: 'BTCTRY',
      trades: [{ id: BIG, tradedAt: 1_767_225_600_000, sideFlag: 1 }],
    });
  });

  it('keeps every digit of a price that comes as a number', () => {
    const text =
      '[402,{"type":402,"PS":"BTCTRY","B":123456789012.1234567890123456,"A":"2","LA":3}]';
    const frame = frameOf(text);
    expect(frame.kind === 'ticker' && decimal(frame.ticker.bid)).toBe(
      '123456789012.1234567890123456',
    );
  });

  it.each([
    ['a greeting', '[991,{"type":991,"current":"6.0.0","min":"2.3.0"}]', { kind: 'control' }],
    ['an answer to a join', '[100,{"type":100,"ok":false,"message":"x"}]', { kind: 'control' }],
    ['text that is no JSON', '<html>', { kind: 'ignored', why: 'unparsable' }],
    ['nothing at all', '', { kind: 'ignored', why: 'unparsable' }],
    ['an object', '{"type":432}', { kind: 'ignored', why: 'malformed' }],
    ['a type that is told twice, differently', '[432,{"type":431}]', { why: 'malformed' }],
    ['a type nobody asked for', '[801,{"type":801,"text":"hello"}]', { why: 'unknown' }],
    ['a type named like a property', '["toString",{"type":"toString"}]', { why: 'malformed' }],
    ['a ticker without a price', '[402,{"type":402,"PS":"BTCTRY","B":"1"}]', { why: 'malformed' }],
    [
      'a negative price',
      '[402,{"type":402,"PS":"X","B":"-1","A":"1","LA":"1"}]',
      { why: 'malformed' },
    ],
    [
      'a book difference of an unknown kind, and whose book that was',
      '[432,{"type":432,"CS":1,"PS":"BTCTRY","AO":[{"CP":9,"P":"1","A":"1"}],"BO":[]}]',
      { why: 'malformed', bookOf: 'BTCTRY' },
    ],
    [
      'a book without a whole number for its sequence',
      '[431,{"type":431,"CS":1.5,"PS":"BTCTRY","AO":[],"BO":[]}]',
      { why: 'malformed', bookOf: 'BTCTRY' },
    ],
  ])('%s', (_, text, expected) => {
    expect(frameOf(text)).toMatchObject(expected);
  });

  it('never throws, whatever comes', () => {
    const types = fc.constantFrom(100, 402, 421, 422, 431, 432, 991, 7);
    const odd = fc.tuple(types, fc.jsonValue()).map(([type, value]) => {
      const model = typeof value === 'object' && value !== null ? value : { PS: value, BO: value };
      return JSON.stringify([type, { ...model, type }]);
    });
    fc.assert(fc.property(fc.oneof(fc.string(), odd), (text) => void frameOf(text)));
  });
});
