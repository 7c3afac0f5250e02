import { durationMs } from '../../crds/duration.ts';
import type { PodStatus } from '../../crds/status.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { isLeaving, isReady, mayRun, type Pod, processOf } from '../reconcile/pod.ts';
import { confirms, type Facts, type Kill, type PodFacts } from './facts.ts';
import { fencedFrom } from './fence.ts';

/** Facts about the process that runs in the pod now; of an earlier one nothing counts. */
export function factsOf(facts: Facts, pod: Pod): PodFacts | undefined {
  const found = facts.pods.get(pod.metadata.uid);
  return found?.process === processOf(pod) ? found : undefined;
}

/** What is known about one executor: its object, its pods, and what they said. */
export interface Known {
  readonly object: TradingExecutor;
  readonly facts: Facts;
  /** Monotonic ms, the scale of the facts. */
  readonly elapsed: number;
}

/** What status.pods says of one pod. Pure. */
export function podStatus(pod: Pod, known: Known): PodStatus {
  const { facts } = known;
  const said = factsOf(facts, pod);
  const report = said?.report;
  const gated = facts.kill !== undefined && confirms(said, facts.kill);
  return {
    name: pod.metadata.name,
    state: podState(pod, known),
    ready: isReady(pod),
    ...(gated && report?.gatedAt ? { gatedAt: report.gatedAt } : {}),
    ...(gated && report?.flatAt ? { flatAt: report.flatAt } : {}),
    ...(report === undefined ? {} : { version: report.version.tag }),
  };
}

function podState(pod: Pod, known: Known): PodStatus['state'] {
  const { facts } = known;
  const said = factsOf(facts, pod);
  if (!mayRun(pod)) return facts.kill === undefined ? 'Closed' : 'Gated';
  if (facts.kill !== undefined) {
    if (confirms(said, facts.kill)) return 'Gated';
    if (said?.failure === undefined) return 'Ungated';
    return isFenced(said, facts.kill, known) ? 'FencedByTime' : 'Unreachable';
  }
  if (said === undefined || said.failure !== undefined) return 'Unreachable';
  return said.report?.gate === 'open' ? 'Open' : 'Closed';
}

/** Silent for so long that lease and grace have run out. One that answers is never fenced by time. */
const isFenced = (said: PodFacts | undefined, kill: Kill, { object, elapsed }: Known): boolean =>
  said?.failure !== undefined && elapsed >= fencedFrom(object, kill, said);

/** When a pod that is not gated must go: counted from the kill, or from its own start. */
const deadline = (object: TradingExecutor, kill: Kill, said: PodFacts | undefined): number =>
  Math.max(kill.seenAt, said?.firstSeenAt ?? kill.seenAt) +
  durationMs(object.spec.control.confirmWithin);

/**
 * Pods that did not confirm the kill in time and have not been deleted for it yet. A gated pod is
 * never in it, however long it takes to get flat; nor one that a shut gate keeps from trading.
 * @param elapsed monotonic ms, the scale of the facts
 */
export function overdue(
  object: TradingExecutor,
  pods: readonly Pod[],
  facts: Facts,
  elapsed: number,
): readonly Pod[] {
  const { kill } = facts;
  if (kill === undefined) return [];
  return pods.filter((pod) => {
    const said = factsOf(facts, pod);
    if (said === undefined || isLeaving(pod) || !mayRun(pod)) return false;
    if (kill.deleted.includes(pod.metadata.name) || confirms(said, kill)) return false;
    if (said.failure === undefined && said.report?.gate === 'shut') return false;
    return elapsed >= deadline(object, kill, said);
  });
}

export type KillVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'confirming'; readonly waitingFor: readonly string[] }
  | { readonly kind: 'gated'; readonly flat: boolean; readonly pods: number }
  /** All that did not confirm it cannot send any more. What they have resting is not known. */
  | { readonly kind: 'fenced'; readonly pods: readonly string[] }
  | { readonly kind: 'failed'; readonly unreachable: boolean; readonly pods: readonly string[] };

/** What is known about the kill in force, over all pods, Terminating ones included. */
export function killVerdict(
  object: TradingExecutor,
  pods: readonly Pod[],
  facts: Facts,
  elapsed: number,
): KillVerdict {
  const { kill } = facts;
  if (kill === undefined) return { kind: 'none' };
  const running = pods.filter(mayRun);
  const open = running.filter((pod) => !confirms(factsOf(facts, pod), kill));
  const lost = kill.lost.filter((one) => elapsed < fencedFrom(object, kill, one.facts));
  if (open.length === 0 && lost.length === 0) {
    const flat = running.every((pod) => factsOf(facts, pod)?.report?.flatAt != null);
    return { kind: 'gated', flat, pods: running.length };
  }
  const late = open.filter((pod) => elapsed >= deadline(object, kill, factsOf(facts, pod)));
  const pending = [...late.map(nameOf), ...lost.map(({ name }) => name)];
  if (pending.length === 0) return { kind: 'confirming', waitingFor: open.map(nameOf) };
  const known = { object, facts, elapsed };
  const fenced = open.every((pod) => isFenced(factsOf(facts, pod), kill, known));
  if (fenced && lost.length === 0) return { kind: 'fenced', pods: open.map(nameOf) };
  const silent = late.every((pod) => factsOf(facts, pod)?.failure !== undefined);
  return { kind: 'failed', unreachable: silent, pods: pending };
}

const nameOf = (pod: Pod): string => pod.metadata.name;
