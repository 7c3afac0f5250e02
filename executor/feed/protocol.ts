import type { Frame, IgnoredReason } from './frames.ts';
import type { GapReason, Rows } from './records.ts';
import type { StoreLimits } from './store.ts';

/** What the feed's thread is started with. */
export interface FeedSetup {
  readonly role: 'feed';
  readonly path: string;
  readonly url: string;
  readonly symbols: readonly string[];
  /** How long a connection that had data may go without. */
  readonly silentMs: number;
  readonly limits?: Partial<StoreLimits>;
}

export type FeedRequest =
  | { readonly kind: 'follow'; readonly symbols: readonly string[] }
  | { readonly kind: 'stop' };

export const feedPhases = ['off', 'connecting', 'open', 'unwritable', 'broken'] as const;
/** `off`: nothing to follow. `unwritable`: the file takes nothing. `broken`: the thread has ended. */
export type FeedPhase = (typeof feedPhases)[number];

export type FrameKind = Exclude<Frame['kind'], 'ignored'>;

/** What happened since the last report. */
export interface FeedTally {
  readonly frames: Readonly<Record<FrameKind, number>>;
  readonly ignored: Readonly<Record<IgnoredReason, number>>;
  readonly gaps: Readonly<Record<GapReason, number>>;
  readonly rows: Rows;
  readonly connects: Readonly<Record<'opened' | 'failed', number>>;
}

export interface FeedStanding {
  readonly phase: FeedPhase;
  /** Why it is not open, or not writing, in words. */
  readonly why: string | undefined;
  /** Since the newest frame with data that is settled: written, or repeating what is. */
  readonly ageMs: number | undefined;
  readonly symbols: number;
  /** How many of their books are complete and in sequence. */
  readonly live: number;
}

/** From the thread to the main one. */
export type FeedMessage =
  | {
      readonly kind: 'report';
      readonly standing: FeedStanding;
      readonly tally: FeedTally;
      /** Receipt to commit in seconds, one for each frame that brought something to write. */
      readonly latencies: Float64Array<ArrayBuffer>;
    }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };
