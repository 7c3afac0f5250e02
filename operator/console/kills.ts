import type { EpochMs } from '../../crds/clock.ts';
import { effectiveOf } from '../../crds/effective.ts';
import type { PodStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { epochMs, instant } from '../rollback/instant.ts';
import { ownRollback } from '../rollback/latch.ts';
import type { KillRecord } from './wire/executor.ts';

const RECORDS_MAX = 20;
/** How far the executor's clock may be behind ours before what it says is of an earlier kill. */
const SKEW_MS = 2_000;

interface Watched {
  readonly killed: boolean;
  /** Whether the newest record is of the kill in force. */
  readonly isOpen: boolean;
  /** Newest first. */
  readonly records: readonly KillRecord[];
}

/**
 * The kills that this process saw begin, by uid, and how long each pod took. Not older ones: status
 * says when a pod was gated, but not since when it should have been. Of a latch it says both.
 */
export class Kills {
  readonly #watched = new Map<string, Watched>();

  /** Takes in one state of the object, at the moment it was seen. */
  saw(object: TradingExecutor, now: EpochMs): void {
    const { uid } = object.metadata;
    this.#watched.set(uid, next(this.#watched.get(uid), object, now));
  }

  gone(uid: string): void {
    this.#watched.delete(uid);
  }

  of(uid: string): readonly KillRecord[] {
    return this.#watched.get(uid)?.records ?? [];
  }

  /** When the kill in force began; null: none is, or it began before this process did. */
  killedAt(uid: string): string | null {
    const { isOpen, records } = this.#watched.get(uid) ?? {};
    return (isOpen === true ? records?.[0]?.at : undefined) ?? null;
  }
}

function next(before: Watched | undefined, object: TradingExecutor, now: EpochMs): Watched {
  const { killed, reasons } = effectiveOf(object);
  const records = before?.records ?? [];
  if (!killed) return { killed, isOpen: false, records };
  const pods = object.status?.pods ?? [];
  const [newest, ...older] = records;
  if (before?.killed === true) {
    if (!before.isOpen || newest === undefined) return before;
    return { ...before, records: [timed(newest, pods), ...older] };
  }
  const latch = ownRollback(object);
  const since = latch?.latched === true ? epochMs(latch.since) : undefined;
  const began = since ?? (before === undefined ? undefined : now);
  if (began === undefined) return { killed, isOpen: false, records };
  const record = timed({ at: instant(began), reason: reasons.join(', '), pods: [] }, pods);
  return { killed, isOpen: true, records: [record, ...records].slice(0, RECORDS_MAX) };
}

/** What a pod once said stays, also when it is replaced. */
function timed(record: KillRecord, pods: readonly PodStatus[]): KillRecord {
  const began = Date.parse(record.at);
  const after = (text: string | undefined): number | null => {
    const at = epochMs(text);
    return at === undefined || at < began - SKEW_MS ? null : Math.max(at - began, 0);
  };
  const now = pods.map(({ name, gatedAt, flatAt }) => {
    const known = record.pods.find((one) => one.name === name);
    const gatedMs = after(gatedAt) ?? known?.gatedMs ?? null;
    return { name, gatedMs, flatMs: after(flatAt) ?? known?.flatMs ?? null };
  });
  const left = record.pods.filter(({ name }) => !now.some((one) => one.name === name));
  return { ...record, pods: [...now, ...left] };
}
