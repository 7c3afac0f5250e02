import type { SegmentName } from './calendar/calendar.ts';

/** One stretch of a trading day, `[from, to)` in Istanbul time. */
export interface Phase {
  readonly name: string;
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  readonly takesOrders: boolean;
  readonly matching: 'trades' | 'rests' | 'closing-price';
}

/** Phases that follow each other without a hole; a day order ends with its span. */
export type Span = readonly Phase[];

export interface Timetable {
  readonly full: readonly Span[];
  readonly half: readonly Span[];
}

const TAKES = true;
const HOLDS = false;

type Row = readonly [
  name: string,
  until: string,
  takesOrders: boolean,
  matching?: Phase['matching'],
];

function span(opens: string, rows: readonly Row[]): Span {
  let from = minutes(opens);
  return rows.map(([name, until, takesOrders, matching = 'rests']) => {
    const phase = { name, from, to: minutes(until), takesOrders, matching };
    from = phase.to;
    return phase;
  });
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** The opening call; funds collect a minute longer. The venue ends it at random within 30 s. */
const opening = (collectsUntil: string): readonly Row[] => [
  ['opening-call', collectsUntil, TAKES],
  ['opening-match', '10:00', HOLDS],
];

const closing: readonly Row[] = [
  ['closing-band', '18:01', HOLDS],
  ['closing-call', '18:05', TAKES],
  ['closing-match', '18:07', HOLDS],
  ['at-close-band', '18:08', HOLDS, 'closing-price'],
  ['at-close', '18:10', TAKES, 'closing-price'],
];

/** The same steps as on a full day; only 12:30 and 12:40 are announced. */
const halfClosing: readonly Row[] = [
  ['closing-band', '12:31', HOLDS],
  ['closing-call', '12:35', TAKES],
  ['closing-match', '12:37', HOLDS],
  ['at-close-band', '12:38', HOLDS, 'closing-price'],
  ['at-close', '12:40', TAKES, 'closing-price'],
];

const continuous = (until: string): Row => ['continuous', until, TAKES, 'trades'];

const withOpening = (collectsUntil: string): Timetable => ({
  full: [span('09:40', [...opening(collectsUntil), continuous('18:00'), ...closing])],
  half: [span('09:40', [...opening(collectsUntil), continuous('12:30'), ...halfClosing])],
});

/**
 * Where the exchange's own hours are not known to us, the two calls of every share and nothing
 * between them: a part of what is open there, never more. What was collected trades at ten.
 */
const callsOnly = (continuousUntil: string, close: readonly Row[]): Span =>
  span('09:40', [
    ['opening-call', '09:55', TAKES],
    ['opening-match', '10:00', HOLDS],
    ['between-calls', continuousUntil, HOLDS, 'trades'],
    ...close,
  ]);

const calls: Timetable = {
  full: [callsOnly('18:00', closing)],
  half: [callsOnly('12:30', halfClosing)],
};

/** Half days of derivatives are not known to us: closed. */
const derivativesDay = span('09:30', [['continuous', '18:10', TAKES, 'trades']]);
const evening = span('19:00', [['evening', '23:00', TAKES, 'trades']]);

const shares = withOpening('09:55');

/** In force since 2016-11-14; which phases take orders is a reading of the rules, one word each. */
export const timetables: Readonly<Record<SegmentName, Timetable>> = {
  equity: shares,
  rights: shares,
  etf: withOpening('09:56'),
  warrant: calls,
  'watch-list': calls,
  'call-only': calls,
  viop: { full: [derivativesDay], half: [] },
  'viop-evening': { full: [derivativesDay, evening], half: [] },
};
