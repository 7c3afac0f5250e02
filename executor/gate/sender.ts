import type { LeaseReport } from '../../crds/control.ts';
import type { LeaseHold } from './lease.ts';

/** Who makes sure that one process alone sends orders with the mounted credentials (promise 6). */
export interface Sender {
  /** Until stopped; rejects when an invariant is broken. */
  start(): Promise<void>;
  /**
   * Call when nothing can be sent any more. With `isAnswered` false what was sent may still be taken
   * by the venue: it is waited for, at most `withinMs`, or not handed over.
   */
  stop(isAnswered: boolean, withinMs: number): Promise<void>;
  /** There is news about whether it is wanted. */
  wake(): void;
  hold(): LeaseHold;
  /** Milliseconds left of the own lease; undefined where there is none to hold. */
  leftMs(): number | undefined;
  report(): LeaseReport | null;
}

/** Where nobody else can have the key, or nothing could be asked about it. */
export const soleSender: Sender = {
  start: async () => undefined,
  stop: async () => undefined,
  wake: () => undefined,
  hold: () => 'not-needed',
  leftMs: () => undefined,
  report: () => null,
};
