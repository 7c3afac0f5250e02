import { durationMs } from '../../crds/duration.ts';
import { effectiveOf } from '../../crds/effective.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { mayRun, type Pod } from '../reconcile/pod.ts';
import { confirms, type Facts } from './facts.ts';
import { factsOf } from './verdict.ts';

const UNCONFIRMED_MS = 200;
/** A pod that stays silent this long will not be caught by asking five times a second. */
const EAGER_FOR_MS = 60_000;
const SILENT_MS = 2_000;
const NOT_FLAT_MS = 500;
const UNSETTLED_MS = 1_000;
const STEADY_MS = 15_000;
const HOLD_QUESTIONS = 5;

/** Milliseconds until the pods are asked again. Pure. */
export function askAgainMs(
  object: TradingExecutor,
  pods: readonly Pod[],
  facts: Facts,
  elapsed: number,
): number {
  const running = pods.filter(mayRun);
  const said = running.map((pod) => factsOf(facts, pod));
  const { kill } = facts;
  if (kill !== undefined) {
    if (said.some((one) => !confirms(one, kill))) {
      return elapsed - kill.seenAt < EAGER_FOR_MS ? UNCONFIRMED_MS : SILENT_MS;
    }
    return said.some((one) => one?.report?.flatAt == null) ? NOT_FLAT_MS : STEADY_MS;
  }
  const wanted = effectiveOf(object);
  const unsettled = said.some(
    (one) =>
      one?.report === undefined ||
      one.failure !== undefined ||
      one.report.effective?.mode !== wanted.mode ||
      (one.report.gate === 'open') !== wanted.open,
  );
  if (unsettled) return UNSETTLED_MS;
  const climbing = wanted.mode !== 'paper' && wanted.mode !== object.status?.ladder?.reached;
  if (!climbing) return STEADY_MS;
  const share = durationMs(object.spec.ladder.holdFor) / HOLD_QUESTIONS;
  return Math.min(Math.max(share, UNCONFIRMED_MS), UNSETTLED_MS);
}
