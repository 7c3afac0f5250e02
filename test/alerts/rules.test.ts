import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputs } from '../../alerts/generate.ts';
import { ruleGroups } from '../../alerts/rules/groups.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';

const root = join(import.meta.dirname, '../..');
const rules = ruleGroups(figures(cardSlo)).flatMap((group) => group.rules);
const rulesByName = rules.map(
  (rule) => [`${rule.alert} ${rule.labels.reason ?? ''}`, rule] as const,
);

describe('alert rules', () => {
  it.each(outputs.map(({ path, text }) => [path.slice(root.length + 1), path, text]))(
    '%s is generated from the rules as they are',
    (_, path, text) => {
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it.each(rulesByName)(
    '%s names its executor, says what it means, and has a runbook',
    (_, rule) => {
      expect(rule.expr).toContain('by (namespace, executor)');
      expect(rule.annotations.summary).toContain('{{ $labels.namespace }}/{{ $labels.executor }}');
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
    },
  );

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
