import { noAnswer, notUp } from './ack-missing.ts';
import { calendarEnds } from './calendar.ts';
import { feedSlow, feedStale } from './feed.ts';
import { credentialInUse, gateShut } from './gate.ts';
import { diskAlmostFull, diskFillingUp } from './journal-disk.ts';
import { journalMismatch } from './journal-mismatch.ts';
import { breakerOpen, exchangeInfoStale, ordersRefused } from './orders-refused.ts';
import { latencyCritical, latencyRollback, latencyWarning } from './place-ack-latency.ts';
import type { RuleGroup } from './rule.ts';
import type { Figures } from './slo.ts';
import { unknownOrders } from './unknown-orders.ts';
import { nonceErrors, rateLimited } from './venue-errors.ts';

/** Every rule there is. A group's rules are evaluated together, groups side by side. */
export function ruleGroups(figure: Figures): readonly RuleGroup[] {
  const interval = figure.evaluationInterval;
  return [
    {
      name: 'trading-executor-rollback', // alone: nothing slow may hold it up
      interval,
      rules: [latencyRollback(figure)],
    },
    {
      name: 'trading-executor-latency',
      interval,
      rules: [latencyWarning(figure), latencyCritical(figure)],
    },
    {
      name: 'trading-executor-venue',
      interval,
      rules: [
        ...[nonceErrors(figure), rateLimited(figure), noAnswer(figure), notUp(figure)],
        ...[unknownOrders(figure), journalMismatch(figure)],
      ],
    },
    {
      name: 'trading-executor-refusals',
      interval,
      rules: [
        ...[gateShut(figure), credentialInUse(figure), breakerOpen(figure)],
        ...[exchangeInfoStale(figure), ordersRefused(figure), calendarEnds(figure)],
      ],
    },
    {
      name: 'trading-executor-feed',
      interval,
      rules: [feedStale(figure), feedSlow(figure)],
    },
    {
      name: 'trading-executor-journal',
      interval,
      rules: [diskFillingUp(figure), diskAlmostFull(figure)],
    },
  ];
}
