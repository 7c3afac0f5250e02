import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { frameOf } from '../../executor/feed/frames.ts';
import type { Receipt } from '../../executor/feed/records.ts';
import {
  type FeedEvent,
  type FeedState,
  nothingJoined,
  reduce,
  type Step,
} from '../../executor/feed/reduce.ts';

const T0 = 1_767_225_600_000;
const at = (ms: number): Receipt => ({ wall: (T0 + ms) as EpochMs, elapsed: ms });
const frame = (type: number, model: object): FeedEvent => ({
  kind: 'frame',
  frame: frameOf(JSON.stringify([type, { type, ...model }])),
});
const full = (CS: number, PS = 'BTCTRY'): FeedEvent =>
  frame(431, { CS, PS, AO: [{ P: '11', A: '1' }], BO: [{ P: '10.00', A: '2' }] });
const difference = (CS: number, BO: readonly object[] = [], PS = 'BTCTRY'): FeedEvent =>
  frame(432, { CS, PS, AO: [], BO });

/** Each event a millisecond after the one before; returns every step. */
function steps(events: readonly FeedEvent[], from: FeedState = nothingJoined): readonly Step[] {
  let state = from;
  return events.map((event, index) => {
    const step = reduce(state, event, at(index));
    state = step.state;
    return step;
  });
}
const last = (events: readonly FeedEvent[]): Step => steps(events).at(-1) as Step;
const bookOf = ({ state }: Step, symbol = 'BTCTRY') => state.symbols.get(symbol)?.book;
const sent = ({ sends }: Step) =>
  sends.map(({ channel, symbol, join }) => `${join ? '+' : '-'}${channel}:${symbol}`);
const told = ({ records }: Step) =>
  records.map((record) => {
    if (record.kind === 'gap-opened') return `gap ${record.reason} from ${record.at - T0}`;
    return record.kind === 'gap-closed' ? `gap over at ${record.at - T0}` : record.kind;
  });

const joined: readonly FeedEvent[] = [
  { kind: 'whitelist', symbols: ['BTCTRY'] },
  { kind: 'opened' },
];
const live: readonly FeedEvent[] = [...joined, full(7)];

describe('a book', () => {
  it.each<[string, readonly FeedEvent[], string, string[], string[]]>([
    ['joined', joined, 'joining', [], ['+obdiff:BTCTRY', '+trade:BTCTRY', '+ticker:BTCTRY']],
    ['after its 431', live, 'live', ['book', 'gap over at 2'], []],
    ['after the next 432', [...live, difference(8)], 'live', ['book'], []],
    [
      'that misses a 432',
      [...live, difference(9)],
      'joining',
      ['gap sequence from 2'],
      ['-obdiff:BTCTRY', '+obdiff:BTCTRY'],
    ],
    [
      'that gets a 432 twice',
      [...live, difference(8), difference(8)],
      'joining',
      ['gap sequence from 3'],
      ['-obdiff:BTCTRY', '+obdiff:BTCTRY'],
    ],
    [
      'that is joined again, at a late 432',
      [...live, difference(9), difference(10)],
      'joining',
      [],
      [],
    ],
    ['at a 431 though it is live', [...live, full(3)], 'live', ['book'], []],
    [
      'whose 432 cannot be read',
      [...live, difference(8, [{ CP: 2, P: '1', A: '1' }])],
      'joining',
      ['gap sequence from 2'],
      ['-obdiff:BTCTRY', '+obdiff:BTCTRY'],
    ],
    [
      'whose connection ends',
      [...live, difference(8), { kind: 'closed', reason: 'silent' }],
      'apart',
      ['gap silent from 3'],
      [],
    ],
    [
      'in a gap already, whose connection ends',
      [...live, difference(9), { kind: 'closed', reason: 'closed' }],
      'apart',
      [],
      [],
    ],
  ])('%s', (_, events, kind, records, sends) => {
    const step = last(events);
    expect(bookOf(step)?.kind).toBe(kind);
    expect(told(step)).toEqual(records);
    expect(sent(step)).toEqual(sends);
  });

  it('holds the levels that were set, changed and not deleted', () => {
    const changes = [
      { CP: 1, P: '9', A: '5' },
      { CP: 0, P: '10', A: '3' },
      { CP: 1, P: '8', A: '1' },
      { CP: 3, P: '8', A: '1' },
    ];
    const book = bookOf(last([...live, difference(8, changes)]));
    const bids = book?.kind === 'live' ? [...book.book.bids] : [];
    const unit = 10n ** 16n;
    expect(bids.sort()).toEqual([
      [10n * unit, 3n * unit],
      [9n * unit, 5n * unit],
    ]);
  });

  it('that never comes is joined again after 5 s, then 10, and so on up to 5 min', () => {
    let state = last(joined).state;
    const rejoins: number[] = [];
    for (let ms = 1_000; ms <= 1_500_000; ms += 1_000) {
      const step = reduce(state, { kind: 'tick' }, at(ms));
      state = step.state;
      if (step.sends.length > 0) rejoins.push(ms / 1_000);
    }
    expect(rejoins).toEqual([6, 16, 36, 76, 156, 316, 616, 916, 1_216]);
  });
});

describe('the whitelist', () => {
  it('joins what is new and leaves what is gone, and touches nothing else', () => {
    const step = last([...live, { kind: 'whitelist', symbols: ['BTCTRY', 'ETHTRY'] }]);
    expect(sent(step)).toEqual(['+obdiff:ETHTRY', '+trade:ETHTRY', '+ticker:ETHTRY']);
    expect(told(step)).toEqual(['gap started from 3']);
    expect(bookOf(step)?.kind).toBe('live');
    const left = reduce(step.state, { kind: 'whitelist', symbols: ['ETHTRY'] }, at(9));
    expect(sent(left)).toEqual(['-obdiff:BTCTRY', '-trade:BTCTRY', '-ticker:BTCTRY']);
    expect(told(left)).toEqual(['gap left from 9']);
    expect(reduce(left.state, full(8), at(10)).ignored).toBe('stray');
  });

  it('without a connection sends nothing; the next connection joins all of it', () => {
    const [before, after] = steps([
      { kind: 'whitelist', symbols: ['BTCTRY', 'ETHTRY'] },
      { kind: 'opened' },
    ]);
    expect(before?.sends).toEqual([]);
    expect(after?.sends).toHaveLength(6);
  });

  it('of a new process begins with a gap from where the last one ended', () => {
    const since = (T0 - 60_000) as EpochMs;
    const step = last([{ kind: 'whitelist', symbols: ['BTCTRY'], since }]);
    expect(told(step)).toEqual(['gap stopped from -60000']);
  });
});

describe('a gap', () => {
  it('begins where what was written ends, when nothing could be written', () => {
    const from = (T0 - 5) as EpochMs;
    expect(told(last([...live, { kind: 'closed', reason: 'disk', from }]))).toEqual([
      'gap disk from -5',
    ]);
  });
});

describe('trades and tickers', () => {
  const ticker = (B: string) => frame(402, { PS: 'BTCTRY', B, A: '11', LA: '10.5' });

  it('a ticker that repeats the last one is not written again', () => {
    const all = steps([...live, ticker('10'), ticker('10.0'), ticker('9')]);
    expect(all.slice(3).map((step) => step.records.length)).toEqual([1, 0, 1]);
  });

  it('a list of trades is written as single ones', () => {
    const items = ['1', '2'].map((I) => ({ I, D: `${T0}`, P: '1', A: '1', S: 0 }));
    expect(told(last([...live, frame(421, { symbol: 'BTCTRY', items })]))).toEqual([
      'trade',
      'trade',
    ]);
  });
});
