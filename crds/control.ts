import type { Effective } from './effective.ts';

/** GET /api/version. Compiled in, never injected. */
export interface BuildVersion {
  readonly tag: string;
  readonly commit: string;
  readonly builtAt: string;
}

/** Non-paper orders past the guards in a window, for the badge and for `resolved`. */
export interface RecentOrders {
  readonly windowMs: number;
  readonly orders: number;
  readonly acked: number;
  /**
   * For each bound of the histogram that the alerts read, how many were answered within `le` seconds
   * (what the alerts count: a rejection is an answer) and how many acknowledged. Which bound is the
   * SLO is nothing that an executor knows. `answered` is left out by older executors.
   */
  readonly buckets: readonly {
    readonly le: number;
    readonly answered?: number | undefined;
    readonly acked: number;
  }[];
}

/** How far a kill has come from gated to flat. */
export interface KillProgress {
  /** Orders whose cancel was asked for, and those of them that are cancelled. */
  readonly requested: number;
  readonly cancelled: number;
  /** Open, in flight, queued and unknown: 0 when flat. */
  readonly remaining: number;
  /** The latest thing that stood in the way, in the venue's words. */
  readonly lastError: string | null;
}

/**
 * GET /control of an executor: what it saw and what it did about it. Instants are RFC 3339 with
 * milliseconds, UTC, on the executor's own clock.
 */
export interface ControlReport {
  readonly executor: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string | null;
  };
  readonly pod: string;
  readonly version: BuildVersion;
  readonly startedAt: string;
  /** null until the object was first seen. */
  readonly effective: Effective | null;
  /** The newest state of the object this executor acted on. */
  readonly resourceVersion: string | null;
  readonly generation: number | null;
  readonly seenAt: string | null;
  /** Milliseconds since the last successful consistent GET; null before the first. */
  readonly controlAgeMs: number | null;
  /** `open`: new orders may leave. `shut`: none does. */
  readonly gate: 'open' | 'shut';
  /** Why it is shut, e.g. KillSwitch, RollbackLatched, Blind, Starting, CredentialInUse. */
  readonly shutReasons: readonly string[];
  /** When the gate closed for the kill in force; null while not killed. */
  readonly gatedAt: string | null;
  /** When it was gated with nothing open, in flight or unknown; null before. */
  readonly flatAt: string | null;
  /** null while nothing is killed; left out by older executors. */
  readonly kill?: KillProgress | null | undefined;
  readonly inFlight: number;
  readonly queued: number;
  readonly unknown: number;
  readonly openOrders: number;
  readonly credentials: 'present' | 'missing' | 'not-needed';
  /** Of the mounted key, never the key: the same one elsewhere has the same. null without one; left out by older executors. */
  readonly credentialFingerprint?: string | null;
  /** null where the key can have no other user, so that there is no Lease to hold. */
  readonly lease: LeaseReport | null;
  /** closed, open or half-open, by lane of calls to the venue; absent where none is made. */
  readonly breakers?: Readonly<Record<'orders' | 'cancels' | 'reads', string>>;
  readonly recent: readonly RecentOrders[];
  /** For people: what the market-data feed is doing. The operator does not read it. */
  readonly feed?: string;
}

/** The Lease of the mounted credentials: only its holder sends new real orders. */
export interface LeaseReport {
  /** The mounted Secret; null when none is. */
  readonly secret: string | null;
  readonly holder: boolean;
  /** Of the own lease, by the own monotonic clock; null while it is not held. */
  readonly leftMs: number | null;
  /** Who has it instead, as far as was seen. */
  readonly heldBy: string | null;
}
