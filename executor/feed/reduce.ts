import type { EpochMs } from '../../crds/clock.ts';
import { type Book, bookOf, changed } from './book.ts';
import type { Frame, IgnoredReason } from './frames.ts';
import type { FeedRecord, GapReason, Receipt, Ticker } from './records.ts';

/** A book is live from a 431 until a frame of it is missing. A symbol is in a gap while it is not. */
export type BookState =
  | { readonly kind: 'live'; readonly sequence: number; readonly book: Book; readonly at: EpochMs }
  /** Joined at `since` (monotonic) for the `tries`th time in a row; the 431 is still to come. */
  | { readonly kind: 'joining'; readonly since: number; readonly tries: number }
  /** There is no connection. */
  | { readonly kind: 'apart' };

export interface SymbolState {
  readonly book: BookState;
  /** The last one recorded: the venue repeats them unchanged. */
  readonly ticker: Ticker | undefined;
  /** The newest frame of this symbol; undefined before the first. */
  readonly heardAt: EpochMs | undefined;
}

export interface FeedState {
  readonly isOpen: boolean;
  readonly symbols: ReadonlyMap<string, SymbolState>;
}

export const nothingJoined: FeedState = { isOpen: false, symbols: new Map() };

export type FeedEvent =
  /** `since`: until when an earlier process recorded; undefined for a whitelist that changes later. */
  | {
      readonly kind: 'whitelist';
      readonly symbols: readonly string[];
      readonly since?: EpochMs | undefined;
    }
  | { readonly kind: 'opened' }
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** `from`: when what was written ends, if that is before what was heard. */
  | { readonly kind: 'closed'; readonly reason: GapReason; readonly from?: EpochMs | undefined }
  | { readonly kind: 'tick' };

export interface Subscription {
  readonly channel: 'obdiff' | 'trade' | 'ticker';
  readonly symbol: string;
  readonly join: boolean;
}

export interface Step {
  readonly state: FeedState;
  readonly records: readonly FeedRecord[];
  /** To be sent in this order. */
  readonly sends: readonly Subscription[];
  readonly ignored?: IgnoredReason;
}

const CHANNELS = ['obdiff', 'trade', 'ticker'] as const;
/** A join is answered by a 431 at once; unknown symbols are acknowledged and stay silent. */
const JOIN_PATIENCE_MS = 5_000;
const JOIN_PATIENCE_MS_MAX = 300_000;

/** What an event makes of the feed: the state after it, what to write, what to send. */
export function reduce(state: FeedState, event: FeedEvent, now: Receipt): Step {
  switch (event.kind) {
    case 'whitelist':
      return whitelisted(state, event, now);
    case 'opened':
      return opened(state, now);
    case 'closed':
      return closed(state, event, now);
    case 'tick':
      return ticked(state, now);
    case 'frame':
      return framed(state, event.frame, now);
    default:
      return event satisfies never;
  }
}

function whitelisted(
  state: FeedState,
  { symbols, since }: Extract<FeedEvent, { kind: 'whitelist' }>,
  now: Receipt,
): Step {
  const next = new Map<string, SymbolState>();
  const records: FeedRecord[] = [];
  const sends: Subscription[] = [];
  for (const [symbol, { book }] of state.symbols) {
    if (symbols.includes(symbol)) continue;
    if (state.isOpen) sends.push(...subscriptions(symbol, false));
    if (book.kind === 'live') {
      records.push({ kind: 'gap-opened', symbol, at: now.wall, reason: 'left' });
    }
  }
  for (const symbol of symbols) {
    const known = state.symbols.get(symbol);
    next.set(symbol, known ?? { book: joining(state, now), ticker: undefined, heardAt: undefined });
    if (known !== undefined) continue;
    if (state.isOpen) sends.push(...subscriptions(symbol, true));
    const reason = since === undefined ? 'started' : 'stopped';
    records.push({ kind: 'gap-opened', symbol, at: since ?? now.wall, reason });
  }
  return { state: { ...state, symbols: next }, records, sends };
}

const joining = ({ isOpen }: FeedState, { elapsed }: Receipt): BookState =>
  isOpen ? { kind: 'joining', since: elapsed, tries: 1 } : { kind: 'apart' };

const subscriptions = (symbol: string, join: boolean): readonly Subscription[] =>
  CHANNELS.map((channel) => ({ channel, symbol, join }));

function opened(state: FeedState, now: Receipt): Step {
  const open: FeedState = { ...state, isOpen: true };
  const symbols = mapped(state, (one) => ({ ...one, book: joining(open, now) }));
  const sends = [...symbols.keys()].flatMap((symbol) => subscriptions(symbol, true));
  return { state: { isOpen: true, symbols }, records: [], sends };
}

function closed(
  state: FeedState,
  { reason, from }: Extract<FeedEvent, { kind: 'closed' }>,
  now: Receipt,
): Step {
  const records = [...state.symbols].flatMap(([symbol, { book, heardAt }]): FeedRecord[] => {
    if (book.kind !== 'live') return [];
    return [{ kind: 'gap-opened', symbol, at: from ?? heardAt ?? now.wall, reason }];
  });
  const symbols = mapped(state, (one) => ({ ...one, book: { kind: 'apart' } }));
  return { state: { isOpen: false, symbols }, records, sends: [] };
}

/** A join without a book is tried again, ever more rarely: it may be a symbol that is not there. */
function ticked(state: FeedState, { elapsed }: Receipt): Step {
  const sends: Subscription[] = [];
  const symbols = new Map(state.symbols);
  for (const [symbol, one] of state.symbols) {
    if (one.book.kind !== 'joining') continue;
    const { since, tries } = one.book;
    const patienceMs = Math.min(JOIN_PATIENCE_MS * 2 ** (tries - 1), JOIN_PATIENCE_MS_MAX);
    if (elapsed - since < patienceMs) continue;
    symbols.set(symbol, { ...one, book: { kind: 'joining', since: elapsed, tries: tries + 1 } });
    sends.push(...rejoin(symbol));
  }
  return sends.length === 0 ? still(state) : { state: { ...state, symbols }, records: [], sends };
}

const rejoin = (symbol: string): readonly Subscription[] => [
  { channel: 'obdiff', symbol, join: false },
  { channel: 'obdiff', symbol, join: true },
];

function framed(state: FeedState, frame: Frame, now: Receipt): Step {
  if (frame.kind === 'control') return still(state);
  if (frame.kind === 'ignored') {
    const one = frame.bookOf === undefined ? undefined : state.symbols.get(frame.bookOf);
    const step = one === undefined ? still(state) : missed(state, [frame.bookOf ?? '', one], now);
    return { ...step, ignored: frame.why };
  }
  const { symbol } = frame;
  const known = state.symbols.get(symbol);
  if (known === undefined || !state.isOpen) return { ...still(state), ignored: 'stray' };
  const at = now.wall;
  const one: SymbolState = { ...known, heardAt: at };
  switch (frame.kind) {
    case 'trades': {
      const records = frame.trades.map((trade) => ({ kind: 'trade', symbol, at, trade }) as const);
      return { state: replaced(state, symbol, one), records, sends: [] };
    }
    case 'ticker': {
      const { ticker } = frame;
      const next = replaced(state, symbol, { ...one, ticker });
      const records = same(known.ticker, ticker)
        ? []
        : [{ kind: 'ticker', symbol, at, ticker } as const];
      return { state: next, records, sends: [] };
    }
    case 'book':
    case 'difference':
      return booked(state, { frame, one, now });
    default:
      return frame satisfies never;
  }
}

interface Booked {
  readonly frame: Extract<Frame, { kind: 'book' | 'difference' }>;
  readonly one: SymbolState;
  readonly now: Receipt;
}

/** A full book is believed whenever it comes; a difference only as the next in its sequence. */
function booked(state: FeedState, { frame, one, now }: Booked): Step {
  const { symbol, sequence, bids, asks } = frame;
  const at = now.wall;
  const record = { kind: 'book', symbol, at, sequence, bids, asks } as const;
  const live = (book: Book): FeedState =>
    replaced(state, symbol, { ...one, book: { kind: 'live', sequence, book, at } });
  if (frame.kind === 'book') {
    const closes: FeedRecord[] =
      one.book.kind === 'live' ? [] : [{ kind: 'gap-closed', symbol, at }];
    const records: FeedRecord[] = [{ ...record, form: 'full' }, ...closes];
    return { state: live(bookOf(frame)), records, sends: [] };
  }
  // Late: of the subscription that was left.
  if (one.book.kind !== 'live') return { ...still(state), ignored: 'stray' };
  if (sequence !== one.book.sequence + 1) return missed(state, [symbol, one], now);
  const next = live(changed(one.book.book, frame));
  return { state: next, records: [{ ...record, form: 'difference' }], sends: [] };
}

/** A frame of a live book was missing: what is recorded ends with the last one that fitted. */
function missed(
  state: FeedState,
  [symbol, one]: readonly [string, SymbolState],
  now: Receipt,
): Step {
  if (one.book.kind !== 'live') return still(state);
  const { at } = one.book;
  const book: BookState = { kind: 'joining', since: now.elapsed, tries: 1 };
  return {
    state: replaced(state, symbol, { ...one, book }),
    records: [{ kind: 'gap-opened', symbol, at, reason: 'sequence' }],
    sends: rejoin(symbol),
  };
}

const still = (state: FeedState): Step => ({ state, records: [], sends: [] });

const same = (a: Ticker | undefined, b: Ticker): boolean =>
  a !== undefined && a.bid === b.bid && a.ask === b.ask && a.last === b.last;

function replaced(state: FeedState, symbol: string, one: SymbolState): FeedState {
  return { ...state, symbols: new Map(state.symbols).set(symbol, one) };
}

function mapped(state: FeedState, change: (one: SymbolState) => SymbolState) {
  return new Map([...state.symbols].map(([symbol, one]) => [symbol, change(one)] as const));
}
