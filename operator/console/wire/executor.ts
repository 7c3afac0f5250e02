import type { RolloutStatus } from '../../../crds/status.ts';
import type { Mode } from '../../../crds/trading-executor.ts';
import type { ExecutorRow } from './overview.ts';

/** What this person may do with one executor, by their own rights. */
export interface May {
  readonly patch: boolean;
  readonly acknowledge: boolean;
}

export interface ExecutorDetail {
  readonly at: string;
  readonly row: ExecutorRow;
  readonly may: May;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly lastTransitionTime: string;
  }[];
  readonly ladder: { readonly reached: Mode; readonly holdForMs: number } | null;
  readonly rollout: RolloutStatus | null;
  /** Alerts whose clock runs, and when each becomes a rollback. */
  readonly pending: readonly {
    readonly alertname: string;
    readonly since: string;
    readonly dueAt: string;
    readonly inconclusive: boolean;
  }[];
  /** Of /control, by pod. */
  readonly controlAgeMs: Readonly<Record<string, number | null>>;
  /** Newest first: kills seen, with milliseconds from the kill to gated and flat of each pod. */
  readonly kills: readonly KillRecord[];
  /** Refusals of our own guards by reason, over the last hour. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Newest first, 50 at most. null: this person may not watch Events there. */
  readonly events: readonly ToldEvent[] | null;
  readonly incidents: readonly string[];
}

export interface ToldEvent {
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface KillRecord {
  readonly at: string;
  readonly reason: string;
  readonly pods: readonly {
    readonly name: string;
    readonly gatedMs: number | null;
    readonly flatMs: number | null;
  }[];
}

export interface Audit {
  readonly at: string;
  readonly pod: string;
  readonly windowMs: number;
  readonly orders: number;
  readonly acked: number;
  readonly shareNotAcked: number;
  readonly errorRate: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly byErrorClass: Readonly<Record<string, number>>;
  readonly placeLatencyS: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
    readonly max: number | null;
    readonly over1s: number;
    readonly buckets: readonly { readonly le: number | '+Inf'; readonly orders: number }[];
  };
  readonly trend: readonly {
    readonly from: string;
    readonly orders: number;
    readonly errors: number;
    readonly errorRate: number;
  }[];
  readonly denials: Readonly<Record<string, number>>;
}

/** Trading days of a market, as its executor knows them. */
export interface SessionCalendar {
  readonly at: string;
  /** `always`: crypto. */
  readonly kind: 'always' | 'sessions';
  readonly source: string | null;
  readonly version: string | null;
  readonly endsOn: string | null;
  readonly days: readonly {
    readonly date: string;
    readonly kind: 'full' | 'half' | 'holiday' | 'weekend';
    readonly name: string | null;
    readonly phases: readonly {
      readonly phase: string;
      readonly from: string;
      readonly to: string;
    }[];
  }[];
}
