import type { BurnWindow } from '../../wire/history.ts';
import type { Tone } from '../words/trouble.ts';

/** Twice the threshold is the right end: what fires is in the right half, whatever the window. */
const END = 2;

/** Where a burn rate is on its bar, 0 to 1; the threshold is in the middle. */
export const placeOf = (rate: number | null, threshold: number): number =>
  rate === null ? 0 : Math.min(1, Math.max(0, rate / (threshold * END)));

export const THRESHOLD_PLACE = 1 / END;

/** Half of the condition is a warning: the other half decides within minutes. */
export function burnTone({ long, short, threshold, firing }: BurnWindow): Tone {
  if (firing) return 'critical';
  if (long === null && short === null) return 'quiet';
  return Math.max(long ?? 0, short ?? 0) > threshold ? 'warning' : 'good';
}

/** What to say of a window: firing, or which half of the condition holds. */
export function burnWords({ long, short, threshold, firing }: BurnWindow): string {
  if (firing) return 'Firing';
  if (long === null && short === null) return 'No orders';
  const over = [long, short].map((rate) => rate !== null && rate > threshold);
  if (over[0] === true) return 'Long window over, short one under: easing';
  return over[1] === true ? 'Short window over: rising' : 'Under';
}
