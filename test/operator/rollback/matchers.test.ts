import { describe, expect, it } from 'vitest';
import { matcher, matchesAll } from '../../../operator/rollback/matchers.ts';

describe('a matcher', () => {
  it.each([
    ['severity="critical"', { severity: 'critical' }, true],
    ['severity="critical"', { severity: 'warning' }, false],
    ['severity!="critical"', { severity: 'warning' }, true],
    ['severity!="critical"', {}, true], // an absent label is the empty string
    ['severity=""', {}, true],
    ['severity=~"crit.*"', { severity: 'critical' }, true],
    ['severity=~"crit"', { severity: 'critical' }, false], // anchored at the end
    ['severity=~"ical"', { severity: 'critical' }, false], // and at the start
    ['severity=~"a|critical"', { severity: 'critical' }, true], // anchors hold around the whole
    ['severity=~"a|criti"', { severity: 'critical' }, false],
    ['severity!~"warn.*"', { severity: 'critical' }, true],
    ['severity!~"warn.*"', { severity: 'warning' }, false],
    ['severity=~"a\\.b"', { severity: 'a.b' }, true],
    ['severity=~"a\\.b"', { severity: 'axb' }, false],
    ['path="C:\\\\x"', { path: 'C:\\x' }, true],
  ])('%s on %j is %s', (text, labels, matches) => {
    expect(matcher(text)?.(labels as unknown as Record<string, string>)).toBe(matches);
  });

  it.each(['severity', 'severity=critical', 'a=~"("', 'a=~"(?=x)"', 'a=~"(x)\\1"', '1a="x"'])(
    '%s is none',
    (text) => {
      expect(matcher(text)).toBeUndefined();
    },
  );

  it('takes no time over a pattern that makes a backtracking engine hang', () => {
    const began = performance.now();
    expect(matcher('a=~"(x+)+y"')?.({ a: 'x'.repeat(2_000) })).toBe(false);
    expect(performance.now() - began).toBeLessThan(200);
  });
});

describe('all matchers', () => {
  const labels = { spark_trading_rollback: 'true', severity: 'critical' };

  it.each([
    [['spark_trading_rollback="true"'], true],
    [['spark_trading_rollback="true"', 'severity="critical"'], true],
    [['spark_trading_rollback="true"', 'severity="warning"'], false],
  ])('%j: %s', (matchers, matches) => {
    expect(matchesAll(matchers, labels)).toEqual({ matches, unusable: [] });
  });

  it('fall back to the default when one cannot be used: a typing error switches nothing off', () => {
    const broken = ['severity=~"("'];
    expect(matchesAll(broken, labels)).toEqual({ matches: true, unusable: broken });
    expect(matchesAll(broken, { severity: 'critical' }).matches).toBe(false);
  });
});
