import { RE2JS } from 're2js';

/** One Alertmanager matcher, ready to be asked. An absent label counts as the empty string. */
export type Matcher = (labels: Readonly<Record<string, string>>) => boolean;

/** What spec.rollback.matchers says when nobody wrote any. */
export const DEFAULT_MATCHER = 'spark_trading_rollback="true"';

const SHAPE = /^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)"([^"]*)"$/;

/**
 * A matcher as Alertmanager writes it: `=`, `!=`, `=~`, `!~`, regular expressions anchored at both
 * ends and in RE2 (linear time: the pattern is a tenant's, the process is everybody's). A text
 * that is no matcher, or a pattern that does not compile, gives undefined.
 */
export function matcher(text: string): Matcher | undefined {
  const [, label, operator, quoted] = SHAPE.exec(text) ?? [];
  if (label === undefined || quoted === undefined) return undefined;
  const value = unescaped(quoted);
  const own = (labels: Readonly<Record<string, string>>): string => labels[label] ?? '';
  if (operator === '=') return (labels) => own(labels) === value;
  if (operator === '!=') return (labels) => own(labels) !== value;
  const pattern = compiled(value);
  if (pattern === undefined) return undefined;
  const wanted = operator === '=~';
  return (labels) => pattern.matches(own(labels)) === wanted;
}

export interface MatchResult {
  readonly matches: boolean;
  /** Matchers that cannot be used, as written. */
  readonly unusable: readonly string[];
}

/**
 * Whether an alert with these labels drives the rollback: all matchers must agree. With an unusable
 * one among them the default decides instead: a typing error must not switch the rollback off.
 */
export function matchesAll(
  matchers: readonly string[],
  labels: Readonly<Record<string, string>>,
): MatchResult {
  const parsed = matchers.map((text) => ({ text, test: matcher(text) }));
  const unusable = parsed.filter((one) => one.test === undefined).map((one) => one.text);
  if (unusable.length > 0) {
    return { matches: matcher(DEFAULT_MATCHER)?.(labels) === true, unusable };
  }
  return { matches: parsed.every((one) => one.test?.(labels) === true), unusable };
}

/** Alertmanager's classic escapes; any other backslash stays, so `\.` reaches the pattern. */
function unescaped(quoted: string): string {
  return quoted.replace(/\\(\\|n)/g, (_, sign: string) => (sign === 'n' ? '\n' : '\\'));
}

function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined; // reported as unusable by matchesAll
  }
}
