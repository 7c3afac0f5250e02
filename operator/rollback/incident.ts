import type { EpochMs } from '../../crds/clock.ts';
import { ACKNOWLEDGE_ANNOTATION, API_VERSION, EXECUTOR_LABEL } from '../../crds/names.ts';
import type { PendingAlert } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import {
  TIMELINE_MAX,
  type TradingIncident,
  type TradingIncidentStatus,
} from '../../crds/trading-incident.ts';
import { epochMs, instant } from './instant.ts';

/** What a rollback leaves in the spec. */
export const AFTER = { mode: 'paper', killSwitch: true } as const;

/**
 * `<executor>-<yyyymmddhhmmss>` of the ideal moment (since + persistFor). That moment comes from the
 * object itself, so a restart between any two steps arrives at the same name and repeats nothing.
 */
export function incidentName(executor: string, decidedFor: EpochMs): string {
  const digits = instant(decidedFor)
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
  return `${executor.slice(0, 230)}-${digits}`;
}

/**
 * The name of a new incident: of the first of these moments that is free, else numbered. Not free is
 * what another incident has (an acknowledged one of the same second), and what the object already
 * acknowledges: names can be foreseen, and nobody acknowledges what has not happened.
 */
export function freeName(
  { metadata }: TradingExecutor,
  incidents: readonly TradingIncident[],
  moments: readonly EpochMs[],
): string {
  const taken = new Set(incidents.map((one) => one.metadata.name));
  taken.add(metadata.annotations?.[ACKNOWLEDGE_ANNOTATION] ?? '');
  const names = moments.map((moment) => incidentName(metadata.name, moment));
  const free = names.find((name) => !taken.has(name));
  if (free !== undefined) return free;
  let number = 2;
  while (taken.has(`${names[0]}-${number}`)) number++;
  return `${names[0]}-${number}`;
}

export interface Act {
  readonly alert: PendingAlert;
  readonly idealAt: EpochMs;
  readonly reason: string;
}

export type NewIncident = Pick<TradingIncident, 'apiVersion' | 'kind' | 'spec'> & {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
};

/** The record of a rollback. No ownerReference: it outlives the executor it speaks of. */
export function incident(executor: TradingExecutor, act: Act, now: EpochMs): NewIncident {
  const { name, namespace, uid } = executor.metadata;
  const { mode, killSwitch } = executor.spec;
  const { alertname, fingerprint, since } = act.alert;
  return {
    apiVersion: API_VERSION,
    kind: 'TradingIncident',
    metadata: {
      name: incidentName(name, act.idealAt),
      namespace,
      labels: { [EXECUTOR_LABEL]: name },
    },
    spec: {
      executor: { name, uid },
      alert: { name: alertname, fingerprint, since },
      decision: `${act.reason}; so ${name} goes to paper and is killed`,
      decidedAt: instant(now),
      before: { mode, killSwitch },
      after: AFTER,
    },
  };
}

/** When the newest acknowledged incident of this executor was acknowledged. */
export function acknowledgedAt(
  incidents: readonly TradingIncident[],
  executor: string,
): EpochMs | undefined {
  const instants = incidents
    .filter((one) => one.spec.executor.name === executor)
    .map((one) => epochMs(one.status?.acknowledged?.at))
    .filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : (Math.max(...instants) as EpochMs);
}

/** Marks in an incident's timeline that steer what is still to be done; the text goes on after them. */
export const MARK = {
  decided: 'Decided',
  latched: 'Latched',
  patched: 'Spec patched',
  announced: 'Announced',
  evidence: 'Evidence',
  acknowledged: 'Acknowledged',
} as const;
export type Mark = (typeof MARK)[keyof typeof MARK];

export const isMarked = (incident: Pick<TradingIncident, 'status'>, mark: Mark): boolean =>
  (incident.status?.timeline ?? []).some((line) => line.what.startsWith(mark));

/**
 * The status with one more line; the first line with a mark stays, a second is not added. In a full
 * timeline somebody else's last line makes room: without its mark a step would be done for ever.
 */
export function marked(
  status: TradingIncidentStatus | undefined,
  mark: Mark,
  words: string,
  now: EpochMs,
): TradingIncidentStatus {
  const timeline = status?.timeline ?? [];
  if (timeline.some(({ what }) => what.startsWith(mark))) return { ...status };
  const line = { at: instant(now), what: `${mark}: ${words}` };
  const full = timeline.length >= TIMELINE_MAX;
  const before = full ? timeline.toSpliced(timeline.findLastIndex(isForeign), 1) : timeline;
  return { ...status, timeline: [...before, line] };
}

const isForeign = ({ what }: { readonly what: string }): boolean =>
  !Object.values(MARK).some((mark) => what.startsWith(mark));
