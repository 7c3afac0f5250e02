import { frameKinds, ignoredReasons } from './frames.ts';
import type { FeedTally } from './protocol.ts';
import { gapReasons, tables } from './records.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** Counts while they are being made. */
export type Counting = { readonly [K in keyof FeedTally]: Writable<FeedTally[K]> };

/** Every count there is, at 0. */
export function zeroTally(): Counting {
  return {
    frames: zeros(frameKinds),
    ignored: zeros(ignoredReasons),
    gaps: zeros(gapReasons),
    rows: zeros(tables),
    connects: zeros(['opened', 'failed']),
  };
}

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}
