import { describe, expect, it } from 'vitest';
import { hashOf, pathTo, routeOf } from '../../../../operator/console/page/route.ts';
import { nextTheme, themeOf } from '../../../../operator/console/page/shell/theme.ts';
import { paths } from '../../../../operator/console/wire/paths.ts';

describe('a link', () => {
  it.each([
    { page: 'overview', query: {} },
    { page: 'overview', query: { q: 'a b&c', ns: 'desk-a' } },
    { page: 'executor', namespace: 'desk-a', name: 'btc-maker' },
    { page: 'incidents' },
    { page: 'incident', namespace: 'desk-a', name: 'btc-1', file: null },
    { page: 'incident', namespace: 'desk-a', name: 'btc-1', file: 'latency.svg' },
  ] as const)('leads back to where it came from: %o', (route) => {
    expect(routeOf(hashOf(route))).toEqual(route);
  });

  it('to nowhere says so and breaks nothing', () => {
    expect(routeOf('#/what/is/this/then')).toMatchObject({ page: 'nowhere' });
    expect(routeOf('#/executors/%E0%A4%A/x')).toMatchObject({
      page: 'executor',
      namespace: '%E0%A4%A',
    });
    expect(routeOf('')).toEqual({ page: 'overview', query: {} });
  });

  it('to the server carries names as names', () => {
    expect(pathTo(paths.act, { namespace: 'a', name: '../b?c' })).toBe(
      '/api/executors/a/..%2Fb%3Fc/actions',
    );
  });
});

describe('theme', () => {
  it('goes round, and what was stored by somebody else counts as auto', () => {
    expect([themeOf('dark'), themeOf('pink'), themeOf(null)]).toEqual(['dark', 'auto', 'auto']);
    expect([nextTheme('auto'), nextTheme('light'), nextTheme('dark')]).toEqual([
      'light',
      'dark',
      'auto',
    ]);
  });
});
