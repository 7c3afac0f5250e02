import { effectiveOf } from '../../crds/effective.ts';
import type { Remedy } from '../apply/remedy.ts';
import { factsOf } from '../kill/verdict.ts';
import { ownRollout, putBack, releaseInForce, wantedRelease } from '../rollout/release.ts';
import { no, type Verdict, yes } from './conditions.ts';
import type { Observed } from './observed.ts';
import type { Plan } from './plan.ts';
import { isLeaving, isReady, mayRun, type Pod, trouble } from './pod.ts';

/** A write that does not come about by being tried again. */
export type Problem = Exclude<Remedy, { kind: 'retry' }>;

/**
 * Whether the executor can do what its effective state allows. Killed executors are ready: they
 * answer 403. The first thing that is wrong is the one that is told.
 */
export function ready(seen: Observed, plan: Plan, problems: readonly Problem[]): Verdict {
  return children(plan, problems) ?? pod(seen) ?? running(seen);
}

function running({ executor, settings }: Observed): Verdict {
  const wanted = wantedRelease(executor, settings);
  const last = putBack(ownRollout(executor), wanted);
  if (last === undefined) return yes('Running', 'the executor answers');
  return yes('RunningLastGood', `the executor answers; it runs ${last.image}, not ${wanted.image}`);
}

function children(plan: Plan, problems: readonly Problem[]): Verdict | undefined {
  const [taken] = plan.foreign;
  if (taken !== undefined) {
    const what = `${taken} exists and is not ours; delete or rename it, or rename this executor`;
    return no('ForeignChild', what);
  }
  const [old] = plan.leaving;
  if (old !== undefined) {
    return no('OldChildLeaving', `waiting for ${old} of the deleted executor of this name to go`);
  }
  const [first] = problems;
  if (first === undefined) return undefined;
  const waits = first.kind === 'wait' ? `; waiting for ${first.waitsFor}` : '';
  return no(first.reason, `${first.message}${waits}`);
}

function pod(seen: Observed): Verdict | undefined {
  const staying = seen.pods.filter((one) => !isLeaving(one));
  const [first] = staying;
  if (first === undefined) return no('NoPod', 'no pod yet; see the events of its StatefulSet');
  return staying.map((one) => troubleOf(seen, one)).find((found) => found !== undefined);
}

function troubleOf(seen: Observed, one: Pod): Verdict | undefined {
  const { name } = one.metadata;
  const broken = trouble(one);
  if (broken !== undefined) return no(broken.reason, `pod ${name}: ${broken.message}`);
  if (!mayRun(one)) return no('Starting', `pod ${name} is starting`);
  const said = factsOf(seen.facts, one);
  const report = said?.report;
  if (said === undefined || (report === undefined && said.failure === undefined)) {
    return no('Starting', `pod ${name} was not asked yet`);
  }
  if (said.failure !== undefined || report === undefined) {
    return no('ControlUnanswered', `pod ${name} does not answer /control: ${said.failure}`);
  }
  const { venue } = seen.executor.spec;
  const { version } = releaseInForce(seen.executor, seen.settings);
  if (version !== undefined && report.version.tag !== version) {
    const tags = `the tag asked for is ${version}, pod ${name} reports ${report.version.tag}`;
    return no('VersionMismatch', `${tags}; set spec.image or spec.version to match`);
  }
  if (report.credentials === 'missing') {
    const secret = venue.credentialsSecretRef?.name ?? '';
    const what = `Secret ${secret} is missing or lacks publicKey and privateKey`;
    return no('CredentialsMissing', `${what}; create it, nothing else is needed`);
  }
  if (report.shutReasons.includes('CredentialInUse')) {
    const { secret, heldBy } = report.lease ?? {};
    const what = `the lease of Secret ${secret} is held by ${heldBy ?? 'nobody yet'}; pod ${name} takes it over when it is given back or not renewed any more`;
    return no('CredentialInUse', `${what}; give every executor a Secret and a key of its own`);
  }
  const wanted = effectiveOf(seen.executor);
  const current = report.generation === seen.executor.metadata.generation;
  if (wanted.open && current && report.gate === 'shut' && report.effective?.killed !== true) {
    return no('GateShut', `pod ${name} does not trade: ${report.shutReasons.join(', ')}`);
  }
  if (!isReady(one)) return no('PodNotReady', `pod ${name} is not ready`);
  return undefined;
}
