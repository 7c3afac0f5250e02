import type { Audit } from '../../wire/executor.ts';
import type { Tone } from '../words/trouble.ts';

export interface Bar {
  readonly label: string;
  readonly orders: number;
  /** Of all of them, 0 to 1. */
  readonly share: number;
}

/** Names with their counts, the largest first; those that never came are left out. */
export function barsOf(counts: Readonly<Record<string, number>>): readonly Bar[] {
  const sum = Object.values(counts).reduce((all, one) => all + one, 0);
  return Object.entries(counts)
    .filter(([, orders]) => orders > 0)
    .map(([label, orders]) => ({ label, orders, share: orders / sum }))
    .sort((a, b) => b.orders - a.orders || (a.label < b.label ? -1 : 1));
}

/** The distribution, each bucket with only its own orders: on the wire they are cumulative. */
export function histogram(buckets: Audit['placeLatencyS']['buckets']): readonly Bar[] {
  const all = buckets.at(-1)?.orders ?? 0;
  return buckets.map(({ le, orders }, index) => {
    const own = Math.max(0, orders - (buckets[index - 1]?.orders ?? 0));
    const label = le === '+Inf' ? `over ${bound(buckets[index - 1]?.le ?? 0)}` : `≤ ${bound(le)}`;
    return { label, orders: own, share: all === 0 ? 0 : own / all };
  });
}

const bound = (le: number | '+Inf'): string =>
  le === '+Inf' ? '∞' : le < 1 ? `${le * 1_000} ms` : `${le} s`;

const NOT_ACKED_MAX = 0.01;

/** The audit's verdict: in the last hour no order that is not acknowledged, or under one per cent. */
export function notAckedTone({ orders, shareNotAcked }: Audit): Tone {
  if (orders === 0) return 'quiet';
  return shareNotAcked < NOT_ACKED_MAX ? 'good' : 'critical';
}

/** Whether errors grow or shrink: the second half of the window against the first, both with orders. */
export function trendWords(trend: Audit['trend']): string {
  const middle = Math.floor(trend.length / 2);
  const [before, since] = [rate(trend.slice(0, middle)), rate(trend.slice(middle))];
  if (before === null || since === null) return 'too few orders to tell a trend';
  if (before === 0 && since === 0) return 'no errors throughout';
  if (since > before * 1.25) return 'rising';
  return since < before * 0.8 ? 'falling' : 'steady';
}

function rate(slices: Audit['trend']): number | null {
  const orders = slices.reduce((sum, one) => sum + one.orders, 0);
  return orders === 0 ? null : slices.reduce((sum, one) => sum + one.errors, 0) / orders;
}
