import { noAnswer, notUp } from './ack-missing.ts';
import { burns, RECORDED_EVERY_S, ratios } from './budget.ts';
import { calendarEnds } from './calendar.ts';
import { clockDrift } from './clock-drift.ts';
import { credentialInUseTwice } from './credential.ts';
import { auditShare, orderErrors, uptimeSpent } from './error-share.ts';
import { feedSlow, feedStale } from './feed.ts';
import { controlLost, credentialInUse, gateShut } from './gate.ts';
import { diskAlmostFull, diskFillingUp } from './journal-disk.ts';
import { journalMismatch } from './journal-mismatch.ts';
import { killNotFlat, killNotGated, lastGoodPutBack } from './kill.ts';
import { objectives } from './objectives.ts';
import {
  deletedWithoutFlat,
  evidenceServerDown,
  noLeader,
  pipelineDead,
  unsupervised,
  watchdog,
} from './operator.ts';
import { breakerOpen, exchangeInfoStale, ordersRefused } from './orders-refused.ts';
import { latencyCritical, latencyRollback, latencyWarning } from './place-ack-latency.ts';
import type { Rule, RuleGroup } from './rule.ts';
import type { Figures } from './slo.ts';
import { unknownOrders } from './unknown-orders.ts';
import { nonceErrors, rateLimited } from './venue-errors.ts';

/** A rule file each, by the names of the files. */
export const ruleFiles = {
  'trading-executor': executorGroups,
  'trading-slo': sloGroups,
  'trading-operator': operatorGroups,
} satisfies Record<string, (figure: Figures) => readonly RuleGroup[]>;

/** Every rule there is. A group's rules are evaluated together, groups side by side. */
export const ruleGroups = (figure: Figures): readonly RuleGroup[] =>
  Object.values(ruleFiles).flatMap((groups) => groups(figure));

/** What an executor does. */
function executorGroups(figure: Figures): readonly RuleGroup[] {
  const group = (name: string, ...rules: readonly Rule[]): RuleGroup => ({
    name: `trading-executor-${name}`,
    interval: figure.evaluationInterval,
    rules,
  });
  return [
    group('rollback', latencyRollback(figure)), // alone: nothing slow may hold it up
    group('latency', latencyWarning(figure), latencyCritical(figure)),
    group(
      'venue',
      ...[nonceErrors(figure), rateLimited(figure), noAnswer(figure), notUp(figure)],
      ...[unknownOrders(figure), journalMismatch(figure), auditShare(figure)],
    ),
    group(
      'refusals',
      ...[gateShut(figure), credentialInUse(figure), controlLost(figure), breakerOpen(figure)],
      ...[exchangeInfoStale(figure), ordersRefused(figure), calendarEnds(figure)],
      ...[clockDrift(figure), credentialInUseTwice(figure)],
    ),
    group('kill', killNotGated(figure), killNotFlat(figure), lastGoodPutBack(figure)),
    group('feed', feedStale(figure), feedSlow(figure)),
    group('journal', diskFillingUp(figure), diskAlmostFull(figure)),
  ];
}

/** The four SLOs: what is recorded for each, and what follows. Recorded in the order it is read. */
function sloGroups(figure: Figures): readonly RuleGroup[] {
  const all = objectives(figure);
  const interval = `${RECORDED_EVERY_S}s`;
  return [
    ...all.map((one) => ({
      name: `trading-slo-${one.name.replace('_', '-')}`,
      interval,
      rules: [one.all, one.bad, ...ratios(one), ...burns(one, figure)],
    })),
    { name: 'trading-slo-now', interval, rules: [orderErrors(figure)] },
    { name: 'trading-slo-month', interval: '5m', rules: [uptimeMonth(), uptimeSpent(figure)] },
  ];
}

/** Over a month of slots, which is 86,400 samples an executor: seldom enough not to matter. */
const uptimeMonth = (): Rule => ({
  record: 'executor:slots_bad:ratio_rate30d',
  expr: 'sum_over_time(executor:slots_bad:max[30d])\n/\nsum_over_time(executor:slots:max[30d])',
});

function operatorGroups(figure: Figures): readonly RuleGroup[] {
  const rules = [
    ...[unsupervised(figure), noLeader(figure), pipelineDead(figure), watchdog(figure)],
    ...[evidenceServerDown(figure), deletedWithoutFlat(figure)],
  ];
  return [{ name: 'trading-operator', interval: figure.evaluationInterval, rules }];
}
