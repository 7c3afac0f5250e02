import type { AlertName, AlertRule, RecordingRule } from './rule.ts';
import type { Figures } from './slo.ts';

const where = '{{ $labels.namespace }}/{{ $labels.executor }}';

/** Fewer events than this say nothing about a share. */
export const EVENTS_MIN = 50;
/** Of the group that records: how much one sample stands for. Uptime counts its slots by it. */
export const RECORDED_EVERY_S = 30;

/** The windows that are recorded, in seconds, shortest first. */
export const WINDOWS = {
  '5m': 300,
  '30m': 1_800,
  '1h': 3_600,
  '2h': 7_200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
};
export type Window = keyof typeof WINDOWS;

/** How many times faster than allowed, over which windows. The short one ends the alert soon. */
export const PAIRS: readonly {
  readonly long: Window;
  readonly short: Window;
  readonly factor: number;
  readonly pages: boolean;
}[] = [
  { long: '1h', short: '5m', factor: 14.4, pages: true },
  { long: '6h', short: '30m', factor: 6, pages: true },
  { long: '1d', short: '2h', factor: 3, pages: false },
  { long: '3d', short: '6h', factor: 1, pages: false },
];

/** One SLO: what happened and what of it was bad, as recorded series per executor. */
export interface Objective {
  readonly alert: AlertName;
  /** Of the recorded series: `executor:NAME_bad:ratio_rate1h`. */
  readonly name: string;
  readonly all: RecordingRule;
  readonly bad: RecordingRule;
  /** Events that one recorded sample of `all` at 1 stands for. */
  readonly perSample: number;
  readonly budget: string;
  readonly budgetPercent: string;
  /** Whose budget it is, and what its bad events are, in words. */
  readonly title: string;
  readonly badWords: string;
  /** Whether burning fast wakes people. */
  readonly pages: boolean;
}

export const ratio = (name: string, window: Window | '30d') =>
  `executor:${name}_bad:ratio_rate${window}`;

/**
 * The share of bad events in every window. Absent with fewer than 50 events, so that nothing that
 * reads it can be moved by one order of a quiet night. A window holds only so many slots of uptime:
 * of a short one four fifths must be there.
 */
export function ratios(objective: Objective): readonly RecordingRule[] {
  const { name, all, bad, perSample } = objective;
  return (Object.keys(WINDOWS) as Window[]).map((window) => {
    const slots = (WINDOWS[window] / RECORDED_EVERY_S) * 0.8;
    const least = perSample === 1 ? Math.min(EVENTS_MIN, slots) : EVENTS_MIN;
    const sum = ({ record }: RecordingRule) => `sum_over_time(${record}[${window}])`;
    const [part, whole] = isRate(window, perSample)
      ? [bad.record, all.record]
      : [sum(bad), sum(all)];
    const events = isRate(window, perSample) ? WINDOWS[window] : perSample;
    return {
      record: ratio(name, window),
      expr: `${part}\n/\n${whole}\nand\n${whole} * ${events} >= ${least}`,
    };
  });
}

/** A rate over five minutes is recorded as it is: summed over five it would be one over ten. */
const isRate = (window: Window, perSample: number): boolean => window === '5m' && perSample !== 1;

/** The budget of 30 days is spent too fast, four ways: sooner noticed the faster it goes. */
export function burns(objective: Objective, figure: Figures): readonly AlertRule[] {
  const { alert, name, budget, budgetPercent, title, badWords } = objective;
  return PAIRS.map(({ long, short, factor, pages }) => ({
    alert,
    expr: `${ratio(name, long)} > ${factor} * ${budget}\nand\n${ratio(name, short)} > ${factor} * ${budget}`,
    labels: { severity: pages && objective.pages ? 'critical' : 'warning', window: long },
    annotations: {
      summary: `${where} spends the error budget of its ${title} ${factor} times too fast`,
      description: `{{ $value | humanizePercentage }} of ${badWords} in the last ${long}, and too many of the last ${short}; over 30 days ${budgetPercent} may be so.`,
      runbook_url: `${figure.runbookBaseUrl}/${alert}.md`,
    },
  }));
}
