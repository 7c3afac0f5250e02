import { describe, expect, it } from 'vitest';
import {
  filterOf,
  isFiltering,
  matches,
  noFilter,
  queryOf,
} from '../../../../operator/console/page/overview/filter.ts';
import { heldOrder, inOrder } from '../../../../operator/console/page/overview/order.ts';
import { windowOf } from '../../../../operator/console/page/overview/window.ts';
import { troubles } from '../../../../operator/console/wire/overview.ts';
import { aRow } from './a-row.ts';

const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);

describe('order of the list', () => {
  it('has trouble first, the most drastic on top, calm ones last by namespace and name', () => {
    const rows = [
      aRow({ name: 'calm-b' }),
      aRow({ name: 'calm-a' }),
      aRow({ name: 'elsewhere', namespace: 'desk-0' }),
      ...troubles.toReversed().map((trouble) => aRow({ name: trouble, troubles: [trouble] })),
    ];
    expect(names(inOrder(rows))).toEqual([...troubles, 'elsewhere', 'calm-a', 'calm-b']);
  });

  it('keeps every row in its place while it is held, and adds new ones at the end', () => {
    const row = (uid: string) => aRow({ uid, name: uid });
    const wanted = [row('new'), row('c'), row('a')];
    expect(names(heldOrder(['a', 'b', 'c'], wanted))).toEqual(['a', 'c', 'new']);
  });
});

describe('filter', () => {
  it('is kept in the address and comes back from it', () => {
    const filter = {
      text: 'btc maker',
      namespace: 'desk-a',
      mode: 'live',
      trouble: 'any',
    } as const;
    expect(filterOf(queryOf(filter))).toEqual(filter);
    expect(filterOf({ mode: 'turbo', trouble: 'constructor' })).toEqual(noFilter);
    expect([isFiltering(noFilter), isFiltering(filter)]).toEqual([false, true]);
  });

  it('finds by every word of the text, in any of the places', () => {
    const row = aRow({ incident: 'btc-maker-20261125' });
    const text = (words: string) => matches({ ...noFilter, text: words }, row);
    expect([text('BTC desk-a'), text('20261125'), text('v1.2 btcturk'), text('btc eth')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('finds a mode that is declared or in force', () => {
    const effective = { mode: 'paper', killSwitch: true, reason: 'KillSwitch' } as const;
    const mode = (wanted: 'live' | 'paper' | 'trickle') =>
      matches({ ...noFilter, mode: wanted }, aRow({ effective }));
    expect([mode('live'), mode('paper'), mode('trickle')]).toEqual([true, true, false]);
  });

  it('finds any trouble or one', () => {
    const row = aRow({ troubles: ['Killed'] });
    const trouble = (wanted: 'any' | 'Killed' | 'Watch') =>
      matches({ ...noFilter, trouble: wanted }, row);
    expect([trouble('any'), trouble('Killed'), trouble('Watch')]).toEqual([true, true, false]);
    expect(matches({ ...noFilter, trouble: 'any' }, aRow())).toBe(false);
    expect(matches({ ...noFilter, namespace: 'other' }, row)).toBe(false);
  });
});

describe('rows that are drawn', () => {
  const seen = (scrolledPx: number, rows = 5_000) =>
    windowOf({ rows, rowPx: 56, scrolledPx, heightPx: 800 });

  it.each([-400, 0, 1, 56_000, 279_000, 400_000])(
    'cover what is in sight at %s px',
    (scrolledPx) => {
      const { first, end } = seen(scrolledPx);
      const top = Math.min(4_999, Math.max(0, Math.floor(scrolledPx / 56)));
      expect(first).toBeLessThanOrEqual(top);
      expect(end).toBeGreaterThanOrEqual(Math.min(5_000, top + 15));
      expect(end - first).toBeLessThan(60);
    },
  );

  it('stay the same while one scrolls by less than a step', () => {
    expect(seen(56 * 101)).toEqual(seen(56 * 103));
  });

  it('are none of none', () => {
    expect(seen(0, 0)).toEqual({ first: 0, end: 0 });
  });
});
