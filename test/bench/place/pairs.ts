import type { Progress } from '../../setup/steps.ts';
import { type Placed, until } from '../caller.ts';
import {
  alternating,
  differences,
  type Figures,
  figures,
  type Spread,
  spread,
  tally,
} from '../figures.ts';
import type { MarkedOrder } from '../marks.ts';
import { added, asked, bareSegments, lengths, type Segment, segments } from './segments.ts';
import type { Target } from './targets.ts';

export interface PairTerms {
  readonly pairs: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface SegmentRow {
  readonly name: string;
  readonly isOurs: boolean;
  readonly ms: Figures;
}

export interface PairsResult extends PairTerms {
  readonly orders: number;
  /** Answers that were not 201; a run with any of them measures something else. */
  readonly notPlaced: Readonly<Record<string, number>>;
  readonly segments: readonly SegmentRow[];
  readonly asked: readonly SegmentRow[];
  readonly bare: readonly SegmentRow[];
  /** Added inside the executor's process, all orders together, ms. */
  readonly added: Figures;
  /** The same, a figure per run: median over the runs and quartiles. */
  readonly addedPerRun: { readonly p50: Spread; readonly p99: Spread };
  /** As callers see it: executor minus bare route, pair by pair, ms. */
  readonly overBare: { readonly p50: Spread; readonly p99: Spread };
  readonly caller: { readonly ours: Figures; readonly bare: Figures };
  readonly perPair: readonly { readonly p50: number; readonly p99: number }[];
  readonly runs: readonly { readonly p50: number; readonly p99: number }[];
}

interface Run {
  readonly placed: readonly Placed[];
  readonly marks: readonly MarkedOrder[];
}

const PAUSE_MS = 1_000;
/** Code that has not run often is slow; it is run first and not counted. */
const WARM_UP = { perSecond: 20, seconds: 5 } as const;

/** Runs of equal length on either side, one after the other, so that both meet the same machine. */
export async function measurePairs(
  targets: { readonly ours: Target; readonly bare: Target },
  terms: PairTerms,
  progress: Progress,
): Promise<PairsResult> {
  for (const target of [targets.bare, targets.ours]) {
    await target.child.ask('marks');
    await target.caller.offer(WARM_UP);
    await target.child.ask('marks');
  }
  // The warm-up counts in the executor's own window of 300 a minute.
  await until(performance.now() + 40_000);
  const measured: { readonly ours: Run; readonly bare: Run }[] = [];
  for (const order of alternating(terms.pairs)) {
    const runs: Partial<Record<'ours' | 'bare', Run>> = {};
    for (const side of order) {
      const { caller, child } = targets[side];
      const placed = await caller.offer(terms);
      runs[side] = { placed, marks: await child.ask('marks') };
      await until(performance.now() + PAUSE_MS);
    }
    const { ours, bare } = runs;
    if (ours === undefined || bare === undefined) throw new Error('a pair has two sides');
    measured.push({ ours, bare });
    progress(`pair ${measured.length} of ${terms.pairs}`);
  }
  return summed(measured, terms);
}

function summed(
  measured: readonly { readonly ours: Run; readonly bare: Run }[],
  terms: PairTerms,
): PairsResult {
  const placed = measured.flatMap(({ ours, bare }) => [...ours.placed, ...bare.placed]);
  const refused = placed.filter(({ status }) => status !== 201);
  const ours = measured.flatMap((pair) => pair.ours.marks);
  const bare = measured.flatMap((pair) => pair.bare.marks);
  const latencies = measured.map((pair) => ({ ours: ms(pair.ours), bare: ms(pair.bare) }));
  const runs = measured.map((pair) => figures(added(pair.ours.marks)));
  const [p50s, p99s] = [differences(latencies, 0.5), differences(latencies, 0.99)];
  return {
    ...terms,
    orders: placed.length,
    notPlaced: tally(refused.map(({ status, code }) => `${status} ${code ?? ''}`.trim())),
    segments: rows(segments, ours),
    asked: rows(asked, ours),
    bare: rows(bareSegments, bare),
    added: figures(added(ours)),
    addedPerRun: {
      p50: spread(runs.map(({ p50 }) => p50)),
      p99: spread(runs.map((run) => run.p99)),
    },
    overBare: { p50: spread(p50s), p99: spread(p99s) },
    caller: {
      ours: figures(latencies.flatMap((pair) => pair.ours)),
      bare: figures(latencies.flatMap((pair) => pair.bare)),
    },
    perPair: p50s.map((p50, at) => ({ p50, p99: p99s[at] ?? Number.NaN })),
    runs: runs.map(({ p50, p99 }) => ({ p50, p99 })),
  };
}

const ms = ({ placed }: Run): readonly number[] => placed.map((one) => one.ms);

function rows(list: readonly Segment[], orders: readonly MarkedOrder[]): readonly SegmentRow[] {
  return list.map((segment) => ({
    name: segment.name,
    isOurs: segment.isOurs,
    ms: figures(lengths(orders, segment)),
  }));
}
