import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputs } from '../../alerts/generate.ts';
import { burns, ratios } from '../../alerts/rules/budget.ts';
import { ruleGroups } from '../../alerts/rules/groups.ts';
import { objectives } from '../../alerts/rules/objectives.ts';
import { type AlertRule, isAlert } from '../../alerts/rules/rule.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';

const root = join(import.meta.dirname, '../..');
const all = ruleGroups(figures(cardSlo)).flatMap((group) => group.rules);
const rules = all.filter(isAlert);
const rulesByName = rules.map(
  (rule) => [`${rule.alert} ${rule.labels.reason ?? rule.labels.window ?? ''}`, rule] as const,
);
const recorded = all.flatMap((rule) => (isAlert(rule) ? [] : [rule]));

/** Of the operator and of the pipeline itself: there is no executor to name. */
const ofNoExecutor = ({ alert, labels }: AlertRule): boolean =>
  ['AlertingPipelineDead', 'TradingWatchdog', 'EvidenceServerDown', 'DeletedWithoutFlat'].includes(
    alert,
  ) || labels.reason === 'NoLeader';

describe('alert rules', () => {
  it.each(outputs.map(({ path, text }) => [path.slice(root.length + 1), path, text]))(
    '%s is generated from the rules as they are',
    (_, path, text) => {
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it.each(rulesByName.filter(([, rule]) => !ofNoExecutor(rule)))(
    '%s names its executor and is grouped by it, or reads what is recorded so',
    (_, rule) => {
      expect(rule.expr).toMatch(/by \(namespace, executor\)|executor:\w+:/);
      expect(rule.annotations.summary).toContain('{{ $labels.namespace }}/{{ $labels.executor }}');
    },
  );

  it('every rule of orders leaves paper out, and no rule names a pod', () => {
    for (const { expr } of all) {
      expect(expr).not.toMatch(/\b(pod|instance|job)\b/);
      const orders = expr.match(/spark_(place_ack_duration_seconds_\w+|orders_total)\{[^}]*\}/g);
      for (const one of orders ?? []) expect(one).toContain('mode!="paper"');
      expect(expr).not.toMatch(/spark_(place_ack_duration_seconds_\w+|orders_total)(?!\{|\w)/);
    }
  });

  it('records each series once, as level:metric:operations', () => {
    const names = recorded.map(({ record }) => record);
    for (const name of names) expect(name).toMatch(/^executor:[a-z_]+:[a-z_]+\d*[mhd]?$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('the budget of every SLO is watched by the rules of Place→ACK, under its own names', () => {
    const figure = figures(cardSlo);
    const [first, ...others] = objectives(figure);
    if (first === undefined) throw new Error('there is no SLO');
    const share = (text: string) => `> X * ${text}`;
    const exprs = (one: typeof first) =>
      burns(one, figure).map(({ expr }) =>
        expr
          .replaceAll(`executor:${one.name}_bad`, 'executor:SLO_bad')
          .replaceAll(/> ([\d.]+) \* ([\d.]+)/g, (_, factor) => share(factor)),
      );
    for (const one of others) {
      expect(exprs(one)).toEqual(exprs(first));
      expect(ratios(one)).toHaveLength(ratios(first).length);
      for (const { expr } of burns(one, figure)) expect(expr).toContain(` * ${one.budget}`);
    }
    expect(burns(first, figure).map(({ labels }) => labels.severity)).toEqual([
      ...['critical', 'critical', 'warning', 'warning'],
    ]);
  });

  it.each(rulesByName)('%s says what it means, and has a runbook', (_, rule) => {
    expect(rule.annotations.description.length).toBeGreaterThan(40);
    expect(rule.annotations.runbook_url).toBe(`${cardSlo.runbookBaseUrl}/${rule.alert}.md`);
    const runbook = readFileSync(join(root, rule.annotations.runbook_url), 'utf8');
    for (const part of [
      `# ${rule.alert}`,
      '## What it means',
      '## Look at',
      '## Do',
      '## Afterwards',
    ]) {
      expect(runbook).toContain(part);
    }
  });

  it('every runbook belongs to an alert, or is what a person decides', () => {
    const names = globSync('alerts/runbooks/*.md', { cwd: root }).map((path) =>
      path.split('/').at(-1),
    );
    const decided = ['DeletionWaits.md', 'DeskHalt.md'];
    const ofAlerts = rules.map((rule) => `${rule.alert}.md`);
    expect(new Set(names)).toEqual(new Set([...ofAlerts, ...decided]));
  });

  it('only PlaceAckLatencyRollback drives the rollback', () => {
    const driving = rules.filter((rule) => rule.labels.spark_trading_rollback === 'true');
    expect(driving.map((rule) => rule.alert)).toEqual(['PlaceAckLatencyRollback']);
    expect(existsSync(join(root, 'alerts/runbooks/PlaceAckLatencyRollback.md'))).toBe(true);
  });

  it('the rollback rule has the critical expression, so that page and rollback agree', () => {
    const expression = (alert: string) => rules.find((rule) => rule.alert === alert)?.expr;
    expect(expression('PlaceAckLatencyRollback')).toBe(expression('PlaceAckLatencySLOCritical'));
  });
});
