import type { Gate } from './gate.ts';

/** Where a kill is asked of the process itself. */
export interface KillSwitch {
  state(): KillState;
  /** A kill shuts the gate in this very turn; the answer comes once it is durable. */
  set(order: KillOrder): Promise<KillAnswer>;
}

export interface KillOrder {
  readonly killSwitch: boolean;
  readonly reason: string;
  /** Who asked. */
  readonly by: string;
}

export interface KillState extends KillOrder {
  /** RFC 3339; when it was set. */
  readonly at: string;
  /** KILL_SWITCH=1 in the environment: nothing lifts that but a restart. */
  readonly environment: boolean;
}

export type KillAnswer =
  | { readonly kind: 'done' }
  /** Nothing was changed. */
  | { readonly kind: 'held-by-environment' }
  /** A kill is in force all the same; a lift is not. */
  | { readonly kind: 'not-durable'; readonly message: string };

/** What feeds the gate its sight: the own object in the cluster, or this machine's own disk. */
export interface ControlSource {
  start(): void;
  stop(): Promise<void>;
  /** For who is asked to stop: whether the own object was killed or has gone in this very moment. */
  lastLook(): Promise<void>;
  /** `missed`: changes that the fast path did not deliver. */
  stats(): { readonly missed: number };
  /** Absent under Kubernetes: a kill is put on the object there, where everybody sees it. */
  readonly killSwitch?: KillSwitch;
}

export type OpenControl = (gate: Gate) => ControlSource;
