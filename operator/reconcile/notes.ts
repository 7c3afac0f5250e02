import type { Condition } from '../../crds/fields.ts';
import type { RolloutStatus } from '../../crds/status.ts';
import type { Note } from '../apply/action.ts';
import type { OwnStatus } from './status.ts';

/** Conditions whose turning False is bad news; of the others True is. */
const GOOD = new Set(['Ready', 'KillSwitchConfirmed', 'AlertingHealthy']);
/** A pod on its way up is no news; nor is the end of a kill. */
const QUIET = new Set([
  'Starting',
  'NoPod',
  'PodNotReady',
  'NotKilled',
  'Confirming',
  'WithinQuota',
]);
const TOLD = new Set([
  'Ready',
  'KillSwitchConfirmed',
  'RolledBack',
  'SpecOverruled',
  'VenueBudgetExceeded',
]);

/** What of a new status people should find in `kubectl describe`. Reasons are the conditions'. */
export function notes(before: OwnStatus | undefined, after: OwnStatus): readonly Note[] {
  const changed = (after.conditions ?? []).filter((now) => {
    const last = before?.conditions?.find(({ type }) => type === now.type);
    const isTold = TOLD.has(now.type) || now.reason === 'DeletionWaits';
    return isTold && !QUIET.has(now.reason) && isNews(last, now);
  });
  const told = changed.map(({ type, status, reason, message }): Note => {
    const good = (status === 'True') === GOOD.has(type);
    return { type: good ? 'Normal' : 'Warning', reason, message };
  });
  told.push(...aboutRollout(before?.rollout, after.rollout));
  const [from, to] = [before?.ladder?.reached, after.ladder?.reached];
  if (to === undefined || from === undefined || from === to) return told;
  const rung = to === 'paper' ? 'LadderReset' : 'LadderClimbed';
  return [...told, { type: 'Normal', reason: rung, message: `from ${from} to ${to}` }];
}

function aboutRollout(
  before: RolloutStatus | undefined,
  after: RolloutStatus | undefined,
): readonly Note[] {
  const notes: Note[] = [];
  const { failed, lastGood, gapSeconds } = after ?? {};
  if (failed !== undefined && lastGood !== undefined && before?.failed?.at !== failed.at) {
    const message = `${failed.message}; ${lastGood.image} is put back`;
    notes.push({ type: 'Warning', reason: 'LastGoodPutBack', message });
  }
  if (before?.drainingSince !== undefined && gapSeconds !== undefined) {
    const message = `no new order was taken for ${gapSeconds} s while the pod was replaced`;
    notes.push({ type: 'Normal', reason: 'PodReplaced', message });
  }
  return notes;
}

/** A condition that was never there is news only when it says something happened, or what is wrong. */
function isNews(last: Condition | undefined, now: Condition): boolean {
  if (last === undefined) return now.status === 'True' || now.type === 'Ready';
  return last.status !== now.status || last.reason !== now.reason;
}
