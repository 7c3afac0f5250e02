import type { EpochMs } from '../crds/clock.ts';
import type { BuildVersion, ControlReport, LeaseReport } from '../crds/control.ts';
import type { ExecutorKey } from '../crds/names.ts';
import type { Gate } from './gate/gate.ts';
import type { Trading } from './trading.ts';

export interface ControlParts {
  readonly key: ExecutorKey;
  readonly pod: string;
  readonly version: BuildVersion;
  readonly startedAt: EpochMs;
  readonly gate: Gate;
  readonly trading: Trading | undefined;
  /** Of the mounted key; undefined without one. */
  readonly fingerprint: string | undefined;
  readonly lease: LeaseReport | null;
}

/** What GET /control says: what was seen, and what was done about it. */
export function controlReport(parts: ControlParts): ControlReport {
  const { gate, trading, key, pod, version } = parts;
  const { sight } = gate;
  const view = gate.view();
  const counts = trading?.book.counts();
  const metadata = sight.object?.metadata;
  const ageMs = gate.ageMs();
  return {
    executor: { ...key, uid: metadata?.uid ?? null },
    pod,
    version,
    startedAt: iso(parts.startedAt),
    effective: sight.effective,
    resourceVersion: metadata?.resourceVersion ?? null,
    generation: metadata?.generation ?? null,
    seenAt: sight.seenAt === null ? null : iso(sight.seenAt),
    controlAgeMs: ageMs === null ? null : Math.round(ageMs),
    gate: view.open ? 'open' : 'shut',
    shutReasons: view.reasons,
    gatedAt: sight.gatedAt === null ? null : iso(sight.gatedAt),
    flatAt: trading?.kill.flatAt ? iso(trading.kill.flatAt) : null,
    kill: trading?.kill.progress() ?? null,
    inFlight: counts?.inFlight ?? 0,
    queued: counts?.queued ?? 0,
    unknown: counts?.unknown ?? 0,
    openOrders: counts?.open ?? 0,
    credentials: credentials(parts, view.mode === 'paper'),
    credentialFingerprint: parts.fingerprint ?? null,
    lease: parts.lease,
    ...(trading?.market.health === undefined ? {} : { breakers: trading.market.health.breakers() }),
    recent: trading?.recent.windows() ?? [],
    feed: trading?.feed.words() ?? 'off: nothing is traded yet',
  };
}

function credentials(parts: ControlParts, isPaper: boolean): ControlReport['credentials'] {
  if (parts.fingerprint !== undefined) return 'present';
  return isPaper ? 'not-needed' : 'missing';
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
