import { channel } from 'node:diagnostics_channel';
import type { Terms } from './order/order.ts';

/** How far an order has come. Node and undici publish the two ends of its way themselves. */
export type Step = 'admitted' | 'journalled' | 'turn' | 'settled';

export interface Mark {
  readonly step: Step;
  readonly id: string;
  readonly key: string;
}

export const MARKS = 'trading-executor:order';
const marks = channel(MARKS);

/** Tells whoever measures inside this process; without a listener it costs a comparison. */
export function mark(step: Step, { id, key }: Pick<Terms, 'id' | 'key'>): void {
  if (marks.hasSubscribers) marks.publish({ step, id, key } satisfies Mark);
}
