import type { ExecutorKey } from '../../../crds/names.ts';
import type { PodStatus } from '../../../crds/status.ts';
import type { Mode } from '../../../crds/trading-executor.ts';

export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface Firing {
  readonly name: string;
  readonly severity: string;
  readonly since: string;
  readonly summary: string | null;
}

/** Most drastic first; the first one sorts the row. */
export const troubles = [
  'KillNotConfirmed', // killed, and a pod is not gated: Ungated, Unreachable or FencedByTime
  'RolledBack', // latched
  'Unreachable', // no pod answers, though one should
  'NotReady', // Ready is False
  'CriticalAlert',
  'UnknownOrders',
  'SpecOverruled',
  'Killed',
  'Watch', // badge is WATCH for another reason than those above or NoTraffic
  'Warning', // any other alert
] as const;
export type Trouble = (typeof troubles)[number];

export interface ExecutorRow extends ExecutorKey {
  readonly uid: string;
  readonly venue: string;
  readonly declared: {
    readonly mode: Mode;
    readonly killSwitch: boolean;
    readonly version: string | null;
  };
  /** null until the operator has said so in status. */
  readonly effective: {
    readonly mode: Mode;
    readonly killSwitch: boolean;
    readonly reason: string;
  } | null;
  readonly badge: { readonly state: 'STABLE' | 'WATCH'; readonly reasons: readonly string[] };
  readonly pods: readonly PodStatus[];
  /** When the kill in force began; null while there is none or that is not known. */
  readonly killedAt: string | null;
  /** Place→ACK over the last 5 min, paper excluded, ms. */
  readonly latencyMs: Quantiles;
  /** Left of the 30 days' latency budget, at most 1, below 0 when overspent. */
  readonly budgetLeft: number | null;
  readonly alerts: readonly Firing[];
  readonly unknownOrders: number | null;
  readonly version: string | null;
  /** Latched by this incident. */
  readonly incident: string | null;
  readonly deleting: boolean;
  readonly troubles: readonly Trouble[];
}

/** Of every event of a stream. */
export interface Told {
  /** When the server knew what it says, by its wall clock. RFC 3339. */
  readonly at: string;
  /** How long ago that was when it said so, ms: more than 0 while it is blind itself. Absent: 0. */
  readonly blindMs?: number;
}

export type OverviewEvent = Told & OverviewNews;

type OverviewNews =
  /** First after connecting, and when the server lost track: replaces everything. */
  | { readonly kind: 'all'; readonly rows: readonly ExecutorRow[] }
  | {
      readonly kind: 'changed';
      readonly rows: readonly ExecutorRow[];
      readonly gone: readonly string[];
    } // uids
  /** At least every 5 s: the connection lives, and what is shown is of `at`. */
  | { readonly kind: 'beat' };

/** Silent for longer than this, and the page says that it is disconnected. */
export const BEAT_MS = 5_000;
