import type { EpochMs } from '../../crds/clock.ts';

/** Whether a market takes new orders at one moment, and why not. */
export type Session =
  | { readonly kind: 'open'; readonly phase: string }
  | {
      readonly kind: 'closed';
      readonly phase: string;
      /** When orders are taken again; undefined when the calendar does not reach that far. */
      readonly nextOpen: EpochMs | undefined;
    };

/** A market that never closes, as those for crypto. */
export const ALWAYS_OPEN: Session = { kind: 'open', phase: 'continuous' };
