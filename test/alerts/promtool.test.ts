import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleGroups } from '../../alerts/rules/groups.ts';
import type { AlertRule } from '../../alerts/rules/rule.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';
import { brokenExpressions, brokenLimits, type Mutant } from './mutants.ts';
import { findPromtool, testRules } from './promtool.ts';

const folder = join(import.meta.dirname, '../../alerts');
const groups = ruleGroups(figures(cardSlo));
const rules = groups.flatMap((group) => group.rules);
const testFiles = globSync('tests/*.yaml', { cwd: folder });
const promtool = await findPromtool();
const ONE_RULE_MS = 180_000;

/** What is measured, without the limit: rules that share it need it broken only once. */
const measured = ({ expr }: AlertRule): string => expr.replace(/\n[<>] [\d.]+$/, '');
const isFirstOfItsKind = (rule: AlertRule): boolean =>
  rules.find((other) => measured(other) === measured(rule)) === rule;

describe.skipIf(promtool === undefined)('alert rules under promtool', () => {
  const tool = promtool ?? '';
  let place = '';
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'trading-rules-'));
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each(testFiles)(
    '%s',
    async (file) => {
      const { code, stdout, stderr } = await testRules(tool, [join(folder, file)]);
      expect(code, stdout + stderr).toBe(0);
    },
    ONE_RULE_MS,
  );

  it.concurrent.each(
    rules.map((rule) => [`${rule.alert} ${rule.labels.reason ?? ''}`, rule] as const),
  )(
    'a broken %s turns a test red',
    async (_, rule) => {
      const broken = [
        ...brokenLimits(rule),
        ...(isFirstOfItsKind(rule) ? brokenExpressions(rule) : []),
      ];
      const survivors: string[] = [];
      let scenarios = scenariosOf(rule.alert);
      for (const mutant of broken) {
        const file = join(mkdtempSync(join(place, 'mutant-')), 'tests.yaml');
        const killer = await firstRed(tool, scenarios, { file, rule, mutant });
        if (killer === undefined) survivors.push(mutant.name);
        else scenarios = [killer, ...scenarios.filter((one) => one !== killer)]; // it may catch the next
      }
      expect(survivors).toEqual([]);
    },
    ONE_RULE_MS,
  );
});

/** The scenarios of the files that speak of an alert, each as a test file of its own. */
function scenariosOf(alert: string): readonly string[] {
  return testFiles
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => text.includes(alert))
    .flatMap((text) => {
      const [head = '', ...scenarios] = text.split(/^(?= {2}- name: )/m);
      return scenarios.map(
        (scenario) => head.replace(/rule_files: .*/, 'rule_files: [rules.yaml]') + scenario,
      );
    });
}

/** The first scenario that goes red with the mutant in its rule's place. */
async function firstRed(
  tool: string,
  scenarios: readonly string[],
  { file, rule, mutant }: { file: string; rule: AlertRule; mutant: Mutant },
): Promise<string | undefined> {
  const broken = groups.map((group) => ({
    ...group,
    rules: group.rules.map((one) => (one === rule ? mutant.rule : one)),
  }));
  writeFileSync(join(file, '../rules.yaml'), dump({ groups: broken }));
  for (const scenario of scenarios) {
    writeFileSync(file, scenario);
    if ((await testRules(tool, [file])).code !== 0) return scenario;
  }
  return undefined;
}
