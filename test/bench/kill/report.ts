import { type Figures, figures, type Spread, spread } from '../figures.ts';
import { ms, table } from '../output.ts';
import type { Panel } from '../svg.ts';
import type { Measured, Reading, Rounds, SizeResult } from './terms.ts';

/** The goal of the kill, at ten executors. */
const GOAL = { size: 10, p99Ms: 50, timesFloor: 2 };

/** One way to kill so many processes, in ms. */
export interface Row {
  readonly name: string;
  readonly size: number;
  readonly rounds: number;
  /** From the kill's first byte to each gate. */
  readonly fromSent: Figures;
  /** From when its answer was read; below 0 the gate was shut before we knew that it was accepted. */
  readonly fromAnswer: Figures;
  /** The slowest gate of each round. */
  readonly slowest: Spread;
}

export function rowsOf({ size, measured }: SizeResult): readonly Row[] {
  return Object.entries(measured).map(([name, rounds]) => rowOf(name, size, rounds));
}

function rowOf(name: string, size: number, rounds: Rounds): Row {
  const all = rounds.flat();
  const sent = ({ gatedAt, sentAt }: Reading) => gatedAt - sentAt;
  return {
    ...{ name, size, rounds: rounds.length },
    fromSent: figures(all.map(sent)),
    fromAnswer: figures(all.map(({ gatedAt, answeredAt }) => gatedAt - answeredAt)),
    slowest: spread(rounds.map((round) => Math.max(...round.map(sent)))),
  };
}

export interface Verdict {
  readonly size: number;
  /** From the first byte: the acceptance came later, so the kill was faster than this. */
  readonly p99Ms: number;
  /** From the answer: the acceptance came earlier, so it was slower than this. */
  readonly p99FromAnswerMs: number;
  /** How many times the floor's p99. */
  readonly timesFloor: number;
  readonly isMet: boolean;
}

/** Undefined when that size, or the floor, was not measured. */
export function verdict(rows: readonly Row[]): Verdict | undefined {
  const of = (name: string) => rows.find((one) => one.name === name && one.size === GOAL.size);
  const [ours, floor] = [of('ours'), of('floor')];
  if (ours === undefined || floor === undefined) return undefined;
  const { p99 } = ours.fromSent;
  const timesFloor = p99 / floor.fromSent.p99;
  const isMet = p99 <= GOAL.p99Ms && timesFloor <= GOAL.timesFloor;
  const p99FromAnswerMs = ours.fromAnswer.p99;
  return { size: GOAL.size, p99Ms: p99, p99FromAnswerMs, timesFloor, isMet };
}

export function report(rows: readonly Row[]): string {
  const heading = ['kill sent → gate, ms', 'N', 'rounds', 'p50', 'p99', 'max'];
  const more = ['p99 ÷ floor', 'from answer p50', 'p99', 'slowest of a round: median', 'quartiles'];
  const lines = rows.map((row) => {
    const { name, size, rounds, fromSent, fromAnswer, slowest } = row;
    const floor = rows.find((one) => one.name === 'floor' && one.size === size);
    const ratio = floor === undefined ? '–' : (fromSent.p99 / floor.fromSent.p99).toFixed(2);
    return [
      ...[name, String(size), String(rounds), ms(fromSent.p50), ms(fromSent.p99), ms(fromSent.max)],
      ...[ratio, ms(fromAnswer.p50), ms(fromAnswer.p99), ms(slowest.median)],
      `${ms(slowest.low)} … ${ms(slowest.high)}`,
    ];
  });
  const judged = verdict(rows);
  return [table([...heading, ...more], lines), ...(judged ? ['', goal(judged)] : [])].join('\n');
}

function goal({ size, p99Ms, p99FromAnswerMs, timesFloor, isMet }: Verdict): string {
  const span = `between ${ms(p99FromAnswerMs)} (from the answer) and ${ms(p99Ms)} ms (from the first byte, judged)`;
  const was = `p99 ${span}, ${timesFloor.toFixed(2)} times the floor's`;
  const wanted = `at most ${GOAL.p99Ms} ms and ${GOAL.timesFloor} times`;
  return `  Goal at ${size} executors: ${wanted}. Measured: ${was}. ${isMet ? 'Met.' : 'NOT MET.'}`;
}

/** Below each size: which share of the gates was shut after so many ms. */
export function panels(sizes: readonly SizeResult[]): readonly Panel[] {
  return sizes.map(({ size, measured }) => ({
    title: `${size} ${size === 1 ? 'process' : 'processes'} killed at once`,
    x: 'ms since the kill was sent',
    y: 'gates shut, %',
    series: Object.entries(fast(measured)).map(([name, rounds]) => ({
      name,
      points: distribution(rounds.flat().map(({ gatedAt, sentAt }) => gatedAt - sentAt)),
    })),
  }));
}

/** What takes seconds would leave the rest one line at the left. */
const fast = (measured: Measured): Measured =>
  Object.fromEntries(Object.entries(measured).filter(([name]) => !SLOW.has(name)));
const SLOW = new Set(['mounted ConfigMap', 'rolling restart']);

function distribution(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const share = (at: number) => (100 * (at + 1)) / sorted.length;
  return sorted.map((x, at) => ({ x, y: share(at) })).filter(({ x }, at) => sorted[at + 1] !== x); // one point for each ms
}
