import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { dump } from 'js-yaml';
import { dashboard } from './dashboard.ts';
import { ruleFiles, ruleGroups } from './rules/groups.ts';
import type { RuleGroup } from './rules/rule.ts';
import { cardSlo, figures, placeholders } from './rules/slo.ts';

const root = join(import.meta.dirname, '..');

const chart = join(root, 'charts/trading-executor-operator/files');

/** The plain rule files with the card's numbers, the chart's with a place for each value, the dashboard. */
export const outputs: readonly { readonly path: string; readonly text: string }[] = [
  ...Object.entries(ruleFiles).map(([name, groups]) => ({
    path: join(root, `alerts/${name}.rules.yaml`),
    text: ruleFile(
      groups(figures(cardSlo)),
      'Rules for a plain Prometheus, with the numbers of the release card.',
    ),
  })),
  {
    path: join(chart, 'trading.rules.yaml'),
    text: ruleFile(
      ruleGroups(placeholders),
      'Rules of the chart; templates/prometheus-rule.yaml puts the values in.',
    ),
  },
  {
    path: join(chart, 'dashboard.json'),
    text: `${JSON.stringify(dashboard(), undefined, 1)}\n`,
  },
];

function ruleFile(groups: readonly RuleGroup[], purpose: string): string {
  const notice = `# ${purpose}\n# Generated from alerts/rules by alerts/generate.ts; do not edit.\n`;
  return notice + dump({ groups }, { lineWidth: -1, noRefs: true });
}

/** Writes the generated files, or with `--check` says which are stale. */
function main(args: readonly string[]): number {
  if (!args.includes('--check')) {
    for (const { path, text } of outputs) writeFileSync(path, text);
    return 0;
  }
  const stale = outputs.filter(({ path, text }) => current(path) !== text);
  for (const { path } of stale) {
    console.error(`${relative(root, path)} is stale; run: npm run generate`);
  }
  return stale.length === 0 ? 0 : 1;
}

function current(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
