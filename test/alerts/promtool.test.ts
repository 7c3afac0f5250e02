import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleFiles } from '../../alerts/rules/groups.ts';
import { isAlert, type Rule } from '../../alerts/rules/rule.ts';
import { cardSlo, figures } from '../../alerts/rules/slo.ts';
import {
  brokenExpressions,
  brokenLimits,
  brokenThresholds,
  type Mutant,
  titleOf,
} from './mutants.ts';
import { findPromtool, testRules } from './promtool.ts';

const folder = join(import.meta.dirname, '../../alerts');
const figure = figures(cardSlo);
const files = Object.entries(ruleFiles).map(([name, groups]) => ({ name, groups: groups(figure) }));
const rules = files.flatMap(({ groups }) => groups.flatMap((group) => group.rules));
const testFiles = globSync('tests/*.yaml', { cwd: folder });
const promtool = await findPromtool();
const ONE_RULE_MS = 180_000;

/**
 * What is measured, without the limit and the name of the SLO: of rules that share it, only the first
 * is broken there.
 */
const measured = ({ expr }: Rule): string =>
  expr.replace(/\n[<>] [\d.]+$/, '').replaceAll(/executor:[a-z_]+?(?=_bad:|:)/g, 'executor:SLO');
const isFirstOfItsKind = (rule: Rule): boolean =>
  rules.find((other) => measured(other) === measured(rule)) === rule;

function mutantsOf(rule: Rule): readonly Mutant[] {
  const expressions = isFirstOfItsKind(rule) ? brokenExpressions(rule) : [];
  if (isAlert(rule)) return [...brokenLimits(rule), ...expressions];
  return isFirstOfItsKind(rule) ? [...brokenThresholds(rule), ...expressions] : [];
}

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

  it.concurrent.each(rules.map((rule) => [titleOf(rule), rule] as const))(
    'a broken %s turns a test red',
    async (title, rule) => {
      const survivors: string[] = [];
      let scenarios = scenariosOf(rule);
      for (const mutant of mutantsOf(rule)) {
        const file = join(mkdtempSync(join(place, 'mutant-')), 'tests.yaml');
        const killer = await firstRed(tool, scenarios, { file, rule, mutant });
        if (killer === undefined) survivors.push(mutant.name);
        else scenarios = [killer, ...scenarios.filter((one) => one !== killer)]; // it may catch the next
      }
      expect(survivors, title).toEqual([]);
    },
    ONE_RULE_MS,
  );
});

/** The scenarios that speak of an alert or a recorded series, each as a test file of its own. */
function scenariosOf(rule: Rule): readonly string[] {
  const name = isAlert(rule) ? rule.alert : rule.record;
  return testFiles
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => text.includes(name))
    .flatMap((text) => {
      const [head = '', ...scenarios] = text.split(/^(?= {2}- name: )/m);
      return scenarios.map((scenario) => head.replaceAll('../', '') + scenario);
    })
    .sort((a, b) => Number(b.includes(name)) - Number(a.includes(name))); // likely to catch it
}

/** The first scenario that goes red with the mutant in its rule's place. */
async function firstRed(
  tool: string,
  scenarios: readonly string[],
  { file, rule, mutant }: { file: string; rule: Rule; mutant: Mutant },
): Promise<string | undefined> {
  for (const { name, groups } of files) {
    const broken = groups.map((group) => ({
      ...group,
      rules: group.rules.map((one) => (one === rule ? mutant.rule : one)),
    }));
    writeFileSync(join(file, `../${name}.rules.yaml`), dump({ groups: broken }));
  }
  for (const scenario of scenarios) {
    writeFileSync(file, scenario);
    if ((await testRules(tool, [file])).code !== 0) return scenario;
  }
  return undefined;
}
