import type { KillRecord } from '../../wire/executor.ts';
import type { IncidentView } from '../../wire/incident.ts';
import { epochOf } from '../words/instant.ts';
import { duration } from '../words/numbers.ts';

export interface Moment {
  readonly at: string;
  /** `Latched` */
  readonly title: string;
  /** What else was written of it. */
  readonly words: string;
  /** Milliseconds since the moment before; null for the first. */
  readonly afterMs: number | null;
}

/** A kill this long after the decision is the rollback's own; the latch is written at once. */
const OWN_KILL_MS = 60_000;

/** When pods became gated and flat, out of the kills that were seen: the incident itself does not say. */
function proven(spec: IncidentView['spec'], kills: readonly KillRecord[]) {
  const decided = epochOf(spec.decidedAt) ?? 0;
  const own = kills.filter(({ at }) => {
    const ms = (epochOf(at) ?? 0) - decided;
    return ms >= -1_000 && ms <= OWN_KILL_MS;
  });
  return own.flatMap(({ at, pods }) =>
    pods.flatMap(({ name, gatedMs, flatMs }) => [
      ...moment('Gated', name, at, gatedMs),
      ...moment('Flat', name, at, flatMs),
    ]),
  );
}

const moment = (title: string, pod: string, killedAt: string, afterMs: number | null) =>
  afterMs === null
    ? []
    : [
        {
          at: new Date((epochOf(killedAt) ?? 0) + afterMs).toISOString(),
          ...{ title, words: `${pod}, ${duration(afterMs)} after the kill` },
        },
      ];

/**
 * An incident from the alert's beginning to its acknowledgement, in order of time. `kills`: those seen
 * of its executor.
 */
export function timelineOf(
  { spec, status }: Pick<IncidentView, 'spec' | 'status'>,
  kills: readonly KillRecord[],
) {
  const written = (status?.timeline ?? []).map(({ at, what }) => ({ at, ...split(what) }));
  const has = (title: string) => written.some((one) => one.title === title);
  const all = [
    { at: spec.alert.since, title: 'Began', words: `${spec.alert.name} became active` },
    ...(has('Decided') ? [] : [{ at: spec.decidedAt, title: 'Decided', words: spec.decision }]),
    ...written,
    ...(has('Gated') ? [] : proven(spec, kills)),
  ];
  const acknowledged = status?.acknowledged;
  if (acknowledged !== undefined && !has('Acknowledged')) {
    all.push({ at: acknowledged.at, title: 'Acknowledged', words: `by ${acknowledged.by}` });
  }
  const sorted = all
    .map((one, index) => ({ ...one, ms: epochOf(one.at) ?? 0, index }))
    .sort((a, b) => a.ms - b.ms || a.index - b.index);
  return sorted.map(({ at, title, words, ms }, index): Moment => {
    const before = sorted[index - 1];
    return { at, title, words, afterMs: before === undefined ? null : ms - before.ms };
  });
}

/** `Latched: paper and killed` is a mark with words; anything else is only words. */
function split(what: string): { readonly title: string; readonly words: string } {
  const [, title, words] = /^([A-Z][\w ]{2,24}):\s*(.*)$/s.exec(what) ?? [];
  return title === undefined || words === undefined ? { title: what, words: '' } : { title, words };
}

/** Open ones first, then the newest. */
export const inOrder = (incidents: readonly IncidentView[]): readonly IncidentView[] =>
  incidents.toSorted(
    (a, b) =>
      Number(b.open) - Number(a.open) ||
      (epochOf(b.spec.decidedAt) ?? 0) - (epochOf(a.spec.decidedAt) ?? 0),
  );
