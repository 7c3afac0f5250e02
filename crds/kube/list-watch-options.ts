import type { Clock } from '../clock.ts';
import type { KubeConnection } from './connection.ts';
import type { Change } from './object-store.ts';
import type { Log } from './watch-loop.ts';

export interface ListWatchOptions<T> {
  readonly connection: KubeConnection;
  /** The collection; one object is `fieldSelector: 'metadata.name=…'`. */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  readonly clock: Clock;
  /** [0, 1): jitter. */
  readonly random: () => number;
  readonly log?: Log;
  /** Synchronous and cheap: enqueue a key or move the gate. A throw ends the process. */
  readonly onChange: (change: Change<T>) => void;
  /** How often everything is listed again to see what the watch missed. */
  readonly relistMs?: number;
  /** Silence after which the connection counts as half-open. */
  readonly idleMs?: number;
  /** Ends the process on a fault of `onChange`; only tests need another. */
  readonly crash?: (fault: unknown) => void;
}

export interface ListWatchStats {
  /** Differences that a relist (or `saw`) found and the watch did not deliver in time. */
  readonly missed: number;
  readonly relists: number;
  /** Watches opened after the first. */
  readonly reconnects: number;
  readonly failures: number;
  readonly events: number;
  readonly watching: boolean;
  /** On the clock's `elapsed` scale: the last event, bookmark or list; undefined before the first. */
  readonly lastEventAtElapsed: number | undefined;
}
