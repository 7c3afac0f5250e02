import type { Clock } from '../../crds/clock.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { mayRun, type Pod, processOf } from '../reconcile/pod.ts';
import type { Ask } from './ask.ts';
import { askAgainMs } from './cadence.ts';
import {
  climbOf,
  confirmedRung,
  confirms,
  type Facts,
  goesBy,
  killOf,
  NO_FACTS,
  type PodFacts,
} from './facts.ts';
import { factsOf } from './verdict.ts';

export interface Situation {
  readonly key: ExecutorKey;
  readonly object: TradingExecutor;
  /** Every pod with the executor's label, Terminating ones included. */
  readonly pods: readonly Pod[];
  readonly ca: string | undefined;
}

interface Followed {
  situation: Situation;
  facts: Facts;
  wait: AbortController;
  poked: boolean;
  gone: boolean;
}

export interface ConfirmOptions {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly random: () => number;
  /** After each round of questions: there may be news. */
  readonly onFacts: (key: ExecutorKey) => void;
}

const nameOf = (key: ExecutorKey): string => `${key.namespace}/${key.name}`;

/** Keeps asking the pods of every followed executor what they saw; remembers what they said. */
export class Confirm {
  readonly #options: ConfirmOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: ConfirmOptions) {
    this.#options = options;
  }

  /** Takes in how things are now and returns what the pods have said. Asks at once on news. */
  follow(situation: Situation): Facts {
    const name = nameOf(situation.key);
    const known = this.#followed.get(name);
    const elapsed = this.#options.clock.elapsed();
    if (
      known === undefined ||
      known.situation.object.metadata.uid !== situation.object.metadata.uid
    ) {
      this.forget(situation.key);
      const facts = withKill(NO_FACTS, situation, elapsed);
      const wait = new AbortController();
      const fresh = { situation, facts, wait, poked: false, gone: false };
      this.#followed.set(name, fresh);
      void this.#rounds(fresh);
      return facts;
    }
    // Of one that is being deleted the ConfigMap may go first; its pods answer under it to the end.
    const { ca = known.situation.ca } = situation;
    const now = { ...situation, ca };
    const news = digest(known.situation) !== digest(now);
    known.facts = withKill(withLost(known.facts, known.situation, now), now, elapsed);
    known.situation = now;
    if (news) poke(known);
    return known.facts;
  }

  /** A pod was deleted for the kill in force; it is not deleted for it again. */
  deleted(key: ExecutorKey, pod: string): void {
    const known = this.#followed.get(nameOf(key));
    const kill = known?.facts.kill;
    if (known === undefined || kill === undefined) return;
    known.facts = { ...known.facts, kill: { ...kill, deleted: [...kill.deleted, pod] } };
  }

  forget(key: ExecutorKey): void {
    const known = this.#followed.get(nameOf(key));
    if (known === undefined) return;
    known.gone = true;
    poke(known);
    this.#followed.delete(nameOf(key));
  }

  stop(): void {
    for (const { situation } of [...this.#followed.values()]) this.forget(situation.key);
  }

  async #rounds(followed: Followed): Promise<void> {
    while (!followed.gone) {
      followed.poked = false;
      await this.#round(followed);
      if (followed.gone) return;
      this.#options.onFacts(followed.situation.key);
      const { object, pods } = followed.situation;
      const { clock, random } = this.#options;
      const ms = askAgainMs(object, pods, followed.facts, clock.elapsed());
      if (followed.poked) continue;
      followed.wait = new AbortController();
      // A tenth of jitter: many executors must not be asked in step.
      await clock.after(ms * (0.95 + random() / 10), followed.wait.signal).catch(() => undefined);
    }
  }

  async #round(followed: Followed): Promise<void> {
    const { key, object, pods, ca } = followed.situation;
    const { clock, ask } = this.#options;
    const running = pods.filter(mayRun);
    const answers = await Promise.all(
      running.map(async (pod): Promise<[string, PodFacts]> => {
        const { name, uid } = pod.metadata;
        const askedAt = clock.elapsed();
        const said = await ask({ key, pod: name, podIP: pod.status?.podIP, ca });
        const before = factsOf(followed.facts, pod);
        const process = processOf(pod);
        const first = before?.firstSeenAt ?? askedAt;
        const { failure: _, ...last } = before ?? {};
        const facts = { ...last, process, firstSeenAt: first, asked: (before?.asked ?? 0) + 1 };
        if ('failure' in said) return [uid, { ...facts, failure: said.failure }];
        const { report } = said;
        const known = goesBy(report, object) ?? before?.goesBy;
        const spec = known === undefined ? {} : { goesBy: known };
        return [uid, { ...facts, ...spec, report, reportedAt: clock.elapsed() }];
      }),
    );
    if (followed.gone) return;
    followed.facts = withClimb(
      { ...followed.facts, pods: new Map(answers) },
      followed.situation,
      clock.elapsed(),
    );
  }
}

function poke(followed: Followed): void {
  followed.poked = true;
  followed.wait.abort();
}

/** What, when it changes, is worth a question at once. */
const digest = ({ object, pods, ca }: Situation): string =>
  JSON.stringify([
    object.metadata.generation,
    object.metadata.deletionTimestamp,
    object.status?.rollback?.latched,
    object.status?.rollback?.uid,
    object.status?.ladder?.reached,
    ca,
    pods.map((pod) => [processOf(pod), mayRun(pod), pod.status?.podIP]),
  ]);

/** Deleted by force, a pod is gone here while its process may live. One that was born into the kill was never open. */
function withLost(facts: Facts, before: Situation, now: Situation): Facts {
  const { kill } = facts;
  if (kill === undefined) return facts;
  const left = new Set(now.pods.map(({ metadata }) => metadata.uid));
  const lost = before.pods.flatMap((pod) => {
    const said = factsOf(facts, pod);
    if (left.has(pod.metadata.uid) || !mayRun(pod) || said === undefined) return [];
    if (confirms(said, kill) || said.firstSeenAt > kill.unchangedSince) return [];
    return [{ name: pod.metadata.name, facts: said }];
  });
  return { ...facts, kill: { ...kill, lost: [...kill.lost, ...lost] } };
}

function withKill(facts: Facts, { object, pods }: Situation, elapsed: number): Facts {
  const { kill: before, ...rest } = facts;
  const confirmed =
    before !== undefined &&
    pods.filter(mayRun).every((pod) => confirms(factsOf(facts, pod), before));
  const kill = killOf(before, object, elapsed, confirmed);
  return kill === undefined ? rest : { ...rest, kill };
}

function withClimb(facts: Facts, { object, pods }: Situation, elapsed: number): Facts {
  const { climb: before, ...rest } = facts;
  const climb = climbOf(before, confirmedRung(object, pods, rest), elapsed);
  return climb === undefined ? rest : { ...rest, climb };
}
