import { cutTo } from '../../crds/bounded.ts';
import type { EpochMs } from '../../crds/clock.ts';
import { durationMs } from '../../crds/duration.ts';
import { type Effective, effectiveOf } from '../../crds/effective.ts';
import type { RolloutStatus } from '../../crds/status.ts';
import { TradingExecutorStatus } from '../../crds/trading-executor.ts';
import { deletion } from '../deletion/deletion.ts';
import { waits } from '../deletion/words.ts';
import { factsOf, killVerdict, podStatus } from '../kill/verdict.ts';
import { makesSamePod } from '../rollout/release.ts';
import { lateness, type RolloutInput, rollout } from '../rollout/rollout.ts';
import { conditions, no, unknown, type Verdict, yes } from './conditions.ts';
import { type Ladder, ladder } from './ladder.ts';
import type { Observed } from './observed.ts';
import type { Plan } from './plan.ts';
import { mayRun } from './pod.ts';
import { type Problem, ready } from './ready.ts';
import { isRolling, rolloutOf } from './rolling.ts';
import { stability } from './stability.ts';
import { venueBudgetExceeded } from './venue-budget.ts';

/** Everything in status but `rollback`, which has a writer of its own. */
export type OwnStatus = Omit<TradingExecutorStatus, 'rollback'>;

/** To what the CRD takes. */
export const cutOwn = cutTo(TradingExecutorStatus.omit({ rollback: true }));

/** The status that should be there, cut to what the CRD takes; equal to what is read back. */
export function status(
  seen: Observed,
  plan: Plan,
  problems: readonly Problem[],
  now: EpochMs,
): OwnStatus {
  const { executor, facts, elapsed } = seen;
  const known = { object: executor, facts, elapsed };
  const wanted = effectiveOf(executor);
  const climbed = nextLadder(seen, now);
  const rolling = rolloutOf(seen, plan, now);
  const rolled = rollout(rolling);
  const generation = executor.metadata.generation ?? 0;
  const going = deletion(seen, now);
  const verdicts = {
    Ready: ready(seen, plan, problems),
    Progressing:
      going.kind === 'wait'
        ? waits(seen, going)
        : progressing(seen, plan, { climbed, rolling, rolled }),
    KillSwitchConfirmed: killSwitchConfirmed(seen),
    RolledBack: rolledBack(seen),
    SpecOverruled: specOverruled(seen),
    AlertingHealthy: alertingHealthy(seen),
    VenueBudgetExceeded: venueBudgetExceeded(seen.budget),
  };
  const said = seen.pods.flatMap((pod) => factsOf(facts, pod)?.report ?? []);
  return cutOwn({
    observedGeneration: generation,
    conditions: [...conditions(executor.status?.conditions, verdicts, generation, now)],
    effective: {
      mode: wanted.mode,
      killSwitch: wanted.killed,
      reason: wanted.reasons.join(','),
    },
    ladder: climbed,
    rollout: rolled,
    stability: stability({
      killed: wanted.killed,
      latched: isLatched(seen),
      tags: said.map(({ version }) => version.tag),
      declared: executor.spec.version,
      ...{ recent: said.map(({ recent }) => recent), slo: seen.settings.slo },
      slos: seen.slos,
    }),
    pods: [...seen.pods]
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map((pod) => podStatus(pod, known)),
  });
}

/**
 * Whether this process has asked every running pod. Before that it knows less than the status an
 * earlier operator wrote, and must not overwrite knowledge with ignorance.
 */
export const hasAsked = (seen: Observed): boolean =>
  seen.pods.filter(mayRun).every((pod) => factsOf(seen.facts, pod) !== undefined);

const isLatched = (seen: Observed): boolean => seen.executor.status?.rollback?.latched ?? false;

function nextLadder({ executor, facts, elapsed }: Observed, now: EpochMs): Ladder {
  const { rollback, ladder: before } = executor.status ?? {};
  const own = rollback?.uid === executor.metadata.uid;
  const { climb } = facts;
  return ladder({
    before: own ? before : undefined,
    latched: rollback?.latched ?? false,
    alerted: (rollback?.pending.length ?? 0) > 0,
    confirmed: climb && { rung: climb.rung, forMs: elapsed - climb.since },
    holdForMs: durationMs(executor.spec.ladder.holdFor),
    now,
  });
}

interface Next {
  readonly climbed: Ladder;
  readonly rolling: RolloutInput;
  readonly rolled: RolloutStatus;
}

function progressing(seen: Observed, plan: Plan, { climbed, rolling, rolled }: Next): Verdict {
  if (plan.credentialsWait) {
    const secret = seen.executor.spec.venue.credentialsSecretRef?.name ?? 'none';
    const what = `the change of credentials to ${secret} waits until the executor is killed and flat`;
    return yes('CredentialsChangeWaits', `${what}; set spec.killSwitch: true`);
  }
  const { failed, lastGood, trying } = rolled;
  if (failed !== undefined && lastGood !== undefined) {
    const what = `${failed.message}; ${lastGood.image} runs again`;
    return no(
      'LastGoodPutBack',
      `${what}. Set spec.image, spec.version or spec.resources to try anew`,
    );
  }
  const late = lateness(rolling);
  if (late !== undefined) return no(late.reason, `${late.message}; ${whyNothing(rolling)}`);
  if (isRolling(seen, plan)) return yes('RollingOut', 'the pod is being replaced');
  if (lastGood !== undefined && trying !== undefined && !makesSamePod(lastGood, trying)) {
    return yes('RollingOut', `${trying.image} has to be ready for half a minute to count as good`);
  }
  if (climbed.holding !== undefined) {
    const rung = `holding ${climbed.holding} since ${climbed.since}`;
    return yes('Climbing', `${rung} for spec.ladder.holdFor ${seen.executor.spec.ladder.holdFor}`);
  }
  return no('Settled', 'nothing is in progress');
}

function whyNothing({ before, isCancelling }: RolloutInput): string {
  if (before?.lastGood === undefined) return 'there is no earlier version to put back';
  if (isCancelling) return 'the last good version is put back once its orders are cancelled';
  return 'the last good version is the same image with the same resources';
}

function killSwitchConfirmed(seen: Observed): Verdict {
  const verdict = killVerdict(seen.executor, seen.pods, seen.facts, seen.elapsed);
  const { confirmWithin } = seen.executor.spec.control;
  switch (verdict.kind) {
    case 'none':
      return no('NotKilled', 'no kill is in force');
    case 'confirming':
      return unknown('Confirming', `waiting for ${verdict.waitingFor.join(', ')}`);
    case 'failed': {
      const pods = verdict.pods.join(', ');
      return verdict.unreachable
        ? no('Unreachable', `${pods} did not answer within ${confirmWithin}; new orders may leave`)
        : no('Ungated', `${pods} was not gated within ${confirmWithin}; new orders may leave`);
    }
    case 'fenced': {
      const pods = verdict.pods.join(', ');
      return no(
        'FencedByTime',
        `${pods} is silent for so long that no new order of it can reach the venue; its open orders may still rest there: cancel them at the venue`,
      );
    }
    case 'gated':
      if (verdict.pods === 0) return yes('NoExecutorRuns', 'no executor process is running');
      return verdict.flat
        ? yes('Flat', 'no order leaves, and none is open, in flight or unknown')
        : yes('Gated', 'no order leaves; open orders are being cancelled');
    default:
      return verdict satisfies never;
  }
}

/** An operator that has just begun has heard nothing yet; for that while, what the last one knew stands. */
function alertingHealthy({ executor, alerting }: Observed): Verdict {
  const before = executor.status?.conditions?.find(({ type }) => type === 'AlertingHealthy');
  if (alerting.reason !== 'NothingHeard' || before === undefined) return alerting;
  return { status: before.status, reason: before.reason, message: before.message };
}

function rolledBack(seen: Observed): Verdict {
  if (!isLatched(seen)) return no('NoLatch', 'no rollback is in force');
  const incident = seen.executor.status?.rollback?.incident ?? 'unknown';
  const release = `kubectl annotate spark.trading/acknowledge-rollback=${incident}`;
  return yes('RollbackLatched', `incident ${incident}; release it with ${release}`);
}

function specOverruled(seen: Observed): Verdict {
  const { spec } = seen.executor;
  const wanted: Effective = effectiveOf(seen.executor);
  const looser = isLatched(seen) && (spec.mode !== 'paper' || !spec.killSwitch);
  if (!looser) return no('AsDeclared', 'nothing in spec is looser than the rollback');
  const declared = `spec asks for mode ${spec.mode}, killSwitch ${spec.killSwitch}`;
  return yes('RollbackLatched', `${declared}; in force is ${wanted.mode}, killed`);
}
