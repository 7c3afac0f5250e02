import type { Clock } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import type { EffectiveReason } from '../../crds/effective.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import type { LeaseHold } from './lease.ts';
import {
  isKilled,
  type Look,
  look,
  type Moment,
  momentOf,
  nothingSeen,
  type Sight,
  sinceMs,
} from './sight.ts';

/** Why no new order leaves. The same word in /control, errors and logs. */
export type ShutReason =
  | Exclude<EffectiveReason, 'AsDeclared' | 'LadderHolding'>
  | 'Starting'
  | 'Gone'
  | 'Unreadable'
  | 'Blind'
  | 'CredentialsMissing'
  | 'CredentialInUse'
  | 'LeaseWaiting'
  | 'LeaseLost'
  | 'JournalUnread'
  | 'Reconciling'
  | 'Draining';

export interface GateView {
  readonly open: boolean;
  /** Most drastic first; empty when open. */
  readonly reasons: readonly ShutReason[];
  readonly killed: boolean;
  readonly mode: Mode;
}

/** What shuts the gate besides the object. */
export interface Holds {
  readonly credentials: 'present' | 'missing';
  /** Of the Lease of the credentials. */
  readonly lease: LeaseHold;
  /** Until then own orders are not known: neither can a kill cancel them. */
  readonly journalRead: boolean;
  readonly reconciled: boolean;
  readonly draining: boolean;
}

const shutByLease: Readonly<Partial<Record<LeaseHold, ShutReason>>> = {
  'in-use': 'CredentialInUse',
  waiting: 'LeaseWaiting',
  lost: 'LeaseLost',
};

/** Used until an object was seen that says otherwise. */
const LOSS_GRACE_UNSEEN_MS = 15_000;

/** Open or shut, from what was seen. Pure. `ageMs`: since the last proof of sight; null before the first. */
export function gateView(
  sight: Sight,
  { holds, ageMs }: { holds: Holds; ageMs: number | null },
): GateView {
  const mode = sight.effective?.mode ?? 'paper';
  const reasons: ShutReason[] = [];
  if (sight.gone) reasons.push('Gone');
  for (const reason of sight.effective?.reasons ?? []) {
    if (reason !== 'AsDeclared' && reason !== 'LadderHolding') reasons.push(reason);
  }
  if (sight.unreadable) reasons.push('Unreadable');
  if (sight.object === null && !sight.gone) reasons.push('Starting');
  else if (ageMs === null) reasons.push('Starting');
  else if (ageMs > lossGraceMs(sight)) reasons.push('Blind');
  if (mode !== 'paper') reasons.push(...keyless(holds));
  if (!holds.journalRead) reasons.push('JournalUnread');
  else if (!holds.reconciled) reasons.push('Reconciling');
  if (holds.draining) reasons.push('Draining');
  return { open: reasons.length === 0, reasons, killed: isKilled(sight), mode };
}

/** Why no real order can be signed; who has no key waits for no Lease either. */
function keyless({ credentials, lease }: Holds): readonly ShutReason[] {
  if (credentials === 'missing') return ['CredentialsMissing'];
  return [shutByLease[lease] ?? []].flat();
}

export function lossGraceMs(sight: Sight): number {
  const spec = sight.object?.spec;
  return spec === undefined ? LOSS_GRACE_UNSEEN_MS : durationMs(spec.control.lossGrace);
}

export interface GateParts {
  readonly clock: Clock;
  readonly holds: () => Holds;
  /** Called in the loop turn that brought the change, after gatedAt was stamped. */
  readonly onChange: (before: Sight, after: Sight) => void;
}

/** Holds the newest sight; everything that decides is a pure function above. */
export class Gate {
  readonly #parts: GateParts;
  #sight: Sight = nothingSeen;
  #proven: Moment | null = null;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  get sight(): Sight {
    return this.#sight;
  }

  look(what: Look): void {
    const { clock, onChange } = this.#parts;
    const before = this.#sight;
    this.#sight = look(before, what, momentOf(clock));
    if (this.#sight !== before) onChange(before, this.#sight);
  }

  /** A consistent GET that left at `asked` was answered: that moment is proven, no later one. */
  proven(asked: Moment): void {
    if (this.#proven === null || asked.elapsed > this.#proven.elapsed) this.#proven = asked;
  }

  view(): GateView {
    return gateView(this.#sight, { holds: this.#parts.holds(), ageMs: this.ageMs() });
  }

  /** Milliseconds since the last proof of sight; null before the first. */
  ageMs(): number | null {
    return this.#proven === null ? null : sinceMs(this.#proven, momentOf(this.#parts.clock));
  }

  lossGraceMs(): number {
    return lossGraceMs(this.#sight);
  }
}
