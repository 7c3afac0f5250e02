import type { IncidentView } from '../../wire/incident.ts';
import { epochOf } from '../words/instant.ts';

export interface Moment {
  readonly at: string;
  /** `Latched` */
  readonly title: string;
  /** What else was written of it. */
  readonly words: string;
  /** Milliseconds since the moment before; null for the first. */
  readonly afterMs: number | null;
}

/** An incident from the alert's beginning to its acknowledgement, in order of time. */
export function timelineOf({ spec, status }: Pick<IncidentView, 'spec' | 'status'>) {
  const written = (status?.timeline ?? []).map(({ at, what }) => ({ at, ...split(what) }));
  const has = (title: string) => written.some((one) => one.title === title);
  const all = [
    { at: spec.alert.since, title: 'Began', words: `${spec.alert.name} became active` },
    ...(has('Decided') ? [] : [{ at: spec.decidedAt, title: 'Decided', words: spec.decision }]),
    ...written,
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
