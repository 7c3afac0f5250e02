import type { AlertRule } from '../../alerts/rules/rule.ts';

export interface Mutant {
  readonly name: string;
  readonly rule: AlertRule;
}

/** Broken in what it measures. */
export function brokenExpressions(rule: AlertRule): readonly Mutant[] {
  return [
    ...inExpression(rule, /\[\d+m\]/g, otherWindows),
    ...inExpression(rule, /\w+(?:=~|!=|=)"[^"]*",?/g, looserMatchers),
    ...inExpression(rule, / by \(namespace, executor\)/g, () => [
      ' by (namespace)',
      ' by (executor)',
    ]),
    ...inExpression(rule, /\nunless\n[\s\S]*$/g, () => ['']),
  ];
}

/** Broken in when it fires, and in what it says then. */
export function brokenLimits(rule: AlertRule): readonly Mutant[] {
  const { for: _, ...withoutWait } = rule;
  return [
    ...inExpression(rule, /(?:[<>]|==) [\d.]+/g, nearThresholds),
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

/** One mutant per place that `pattern` matches and per text that could stand there instead. */
function inExpression(
  rule: AlertRule,
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
  if (comparison === '==') return ['== 0'];
  if (limit === 0) return ['> 2'];
  return [1.2, 0.8].map((factor) => `${comparison} ${(limit * factor).toFixed(4)}`);
}

function otherWindows(found: string): string[] {
  const minutes = Number(/\d+/.exec(found)?.[0]);
  return [`[${minutes / 2}m]`, `[${minutes * 2}m]`].map((window) => window.replace('2.5m', '150s'));
}

/** Both spellings of a boundary are one mutant each: either alone misses one Prometheus. */
function looserMatchers(found: string): string[] {
  if (found.startsWith('le=')) return ['le=~"1"', 'le=~"1.0"'];
  if (found.startsWith('outcome=')) return ['', 'outcome="acked"', 'outcome="rejected"'];
  return [''];
}

function otherWaits(wait: string | undefined): readonly (string | undefined)[] {
  if (wait === undefined || wait === '0s') return ['1m'];
  const minutes = Number.parseInt(wait, 10);
  return [undefined, minutes === 1 ? '30s' : `${minutes - 1}m`, `${minutes + 1}m`];
}
