import { type AlertRule, isAlert, type Rule } from '../../alerts/rules/rule.ts';

export interface Mutant {
  readonly name: string;
  readonly rule: Rule;
}

/** Broken in what it measures. */
export function brokenExpressions(rule: Rule): readonly Mutant[] {
  return [
    ...inExpression(rule, /\[\d+[mhd]\]/g, otherWindows),
    ...inExpression(rule, /\w+(?:=~|!=|!~|=)"[^"]*",?/g, looserMatchers),
    ...inExpression(rule, / by \(namespace, executor\)/g, () => [
      ' by (namespace)',
      ' by (executor)',
    ]),
    ...inExpression(rule, /\n(?:unless|and)\n[\s\S]*$/g, () => ['']),
  ];
}

/** Broken in when it fires, and in what it says then. */
export function brokenLimits(rule: AlertRule): readonly Mutant[] {
  const { for: _, ...withoutWait } = rule;
  return [
    ...brokenThresholds(rule),
    ...otherWaits(rule.for).map((wait) => ({
      name: `for: ${wait ?? 'none'}`,
      rule: wait === undefined ? withoutWait : { ...rule, for: wait },
    })),
    ...Object.keys(rule.labels).map((label) => ({
      name: `without the label ${label}`,
      rule: {
        ...rule,
        labels: Object.fromEntries(Object.entries(rule.labels).filter(([name]) => name !== label)),
      } as AlertRule,
    })),
  ];
}

export const brokenThresholds = (rule: Rule): readonly Mutant[] => [
  ...inExpression(rule, /(?:[<>]=?|==) [\d.]+/g, nearThresholds),
  ...inExpression(rule, /\* [\d.]+(?= >=)/g, nearThresholds),
];

/** One mutant per place that `pattern` matches and per text that could stand there instead. */
function inExpression(
  rule: Rule,
  pattern: RegExp,
  others: (found: string) => readonly string[],
): Mutant[] {
  return [...rule.expr.matchAll(pattern)].flatMap(({ 0: found, index }) =>
    others(found).map((other) => ({
      name: `${JSON.stringify(found)} at ${index} becomes ${JSON.stringify(other)}`,
      rule: {
        ...rule,
        expr: rule.expr.slice(0, index) + other + rule.expr.slice(index + found.length),
      },
    })),
  );
}

function nearThresholds(found: string): string[] {
  const [comparison = '', number = ''] = found.split(' ');
  const limit = Number(number);
  if (comparison === '==') return [`== ${1 - limit}`];
  if (limit === 0) return [`${comparison} 2`];
  return [1.2, 0.8].map((factor) => `${comparison} ${(limit * factor).toFixed(4)}`);
}

function otherWindows(found: string): string[] {
  const [, count = '', unit = ''] = /(\d+)([mhd])/.exec(found) ?? [];
  const seconds = Number(count) * { m: 60, h: 3_600, d: 86_400 }[unit as 'm' | 'h' | 'd'];
  return [seconds / 2, seconds * 2].map((other) => `[${other}s]`);
}

/** Both spellings of a boundary are one mutant each: either alone misses one Prometheus. */
function looserMatchers(found: string): string[] {
  if (found.startsWith('le=') && found.includes('(')) return ['le=~"1"', 'le=~"1.0"'];
  if (found.startsWith('outcome=')) return ['', 'outcome="acked"', 'outcome="rejected"'];
  return ['', ...eachWithout(found)];
}

/** `a=~"x|y"`: without x, without y. */
function eachWithout(found: string): string[] {
  const [, start = '', list = '', end = ''] = /^(\w+[=!]~")([^"]*\|[^"]*)(",?)$/.exec(found) ?? [];
  const names = list.split('|');
  if (start === '' || list.includes('(')) return [];
  return names.map((name) => start + names.filter((one) => one !== name).join('|') + end);
}

function otherWaits(wait: string | undefined): readonly (string | undefined)[] {
  if (wait === undefined || wait === '0s') return ['1m'];
  if (wait === '30s') return [undefined, '15s', '1m'];
  const minutes = Number.parseInt(wait, 10);
  return [undefined, minutes === 1 ? '30s' : `${minutes - 1}m`, `${minutes + 1}m`];
}

export const titleOf = (rule: Rule): string =>
  isAlert(rule) ? `${rule.alert} ${rule.labels.reason ?? rule.labels.window ?? ''}` : rule.record;
