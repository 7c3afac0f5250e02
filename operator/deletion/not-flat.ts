import { confirms, type Facts, type PodFacts } from '../kill/facts.ts';
import { fencedFrom } from '../kill/fence.ts';
import { factsOf } from '../kill/verdict.ts';
import type { Observed } from '../reconcile/observed.ts';
import { mayRun } from '../reconcile/pod.ts';

type Seen = Pick<Observed, 'executor' | 'pods' | 'facts' | 'elapsed'>;

interface Open {
  readonly pod: string;
  readonly words: string;
}

export const isNobodyThere = ({ pods }: Pick<Seen, 'pods'>): boolean => !pods.some(mayRun);

/**
 * What is not shown to be flat, a line a pod, in the words of its last answer; empty: all that runs
 * is gated, with nothing of its own open, in flight or unknown. Where nobody runs nothing is shown.
 */
export function notFlat(seen: Seen): readonly string[] {
  const lines = [...running(seen), ...lost(seen)].map(({ pod, words }) => `pod ${pod} ${words}`);
  if (!isNobodyThere(seen)) return lines;
  return ['no executor process runs that could say what it left open', ...lines];
}

/** The names of those pods: stable, where the words change with every order. */
export const podsNotFlat = (seen: Seen): readonly string[] =>
  [...running(seen), ...lost(seen)].map(({ pod }) => pod);

const running = ({ pods, facts }: Seen): readonly Open[] =>
  pods.filter(mayRun).flatMap((pod) => {
    const words = open(factsOf(facts, pod), facts);
    return words === undefined ? [] : [{ pod: pod.metadata.name, words }];
  });

/** A process that nobody saw end may go on; what was in its journal is with its successor. */
function lost({ executor, facts: { kill }, elapsed }: Seen): readonly Open[] {
  if (kill === undefined) return [];
  const alive = kill.lost.filter((one) => elapsed < fencedFrom(executor, kill, one.facts));
  return alive.map(({ name }) => ({ pod: name, words: 'went without a word and may still run' }));
}

function open(said: PodFacts | undefined, { kill }: Facts): string | undefined {
  if (said === undefined) return 'was not asked yet';
  const { report, failure } = said;
  if (report === undefined) return `does not answer: ${failure ?? 'it was not asked yet'}`;
  const silent = failure === undefined ? '' : `; it does not answer now: ${failure}`;
  if (kill === undefined || !confirms(said, kill)) {
    return `has not confirmed that it stopped (gate ${report.gate})${silent}`;
  }
  if (report.flatAt !== null) return undefined;
  const { openOrders, inFlight, queued, unknown } = report;
  const error = report.kill?.lastError;
  const why = error === undefined || error === null ? '' : `; in the way: ${error}`;
  return `has ${openOrders} open, ${inFlight} in flight, ${queued} queued, ${unknown} unknown${why}${silent}`;
}
