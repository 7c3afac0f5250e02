import { describe, expect, it } from 'vitest';
import { added, asked, lengths, segments } from './segments.ts';

const order = {
  ...{ key: 'one', accepted: 100, admitted: 101, journalled: 103, turn: 103.5, written: 104 },
  ...{ replied: 150, settled: 152, answered: 153 },
};

describe('the segments of an order', () => {
  it('follow each other without a gap, so that nothing an order waits for is left out', () => {
    const ends = segments.slice(0, -1).map(({ to }) => to);
    expect(segments.slice(1).map(({ from }) => from)).toEqual(ends);
  });

  it('sum up to what is added, the venue left out', () => {
    const ours = segments.filter(({ isOurs }) => isOurs).flatMap((one) => lengths([order], one));
    expect(ours.reduce((sum, one) => sum + one, 0)).toBe(7);
    expect(asked.flatMap((one) => lengths([order], one))).toEqual([3, 1, 3]);
    expect(added([order])).toEqual([7]);
  });

  it('leave out an order that did not come so far', () => {
    const { written: _, ...stopped } = order;
    expect(added([stopped])).toEqual([]);
    expect(lengths([stopped], { from: 'turn', to: 'written' })).toEqual([]);
  });
});
