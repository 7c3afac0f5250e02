import { describe, expect, it } from 'vitest';
import { disturbances } from './traffic.ts';

const within = (seconds: number) =>
  Array.from({ length: seconds }, (_, second) => second).flatMap((second) =>
    disturbances(second).map((what) => ({ second, what })),
  );

describe('a soak', () => {
  it('lifts each of its kills three seconds later', () => {
    const kills = within(600).filter(({ what }) => what === 'kill');
    const lifts = within(600).filter(({ what }) => what === 'unkill');
    expect(kills).toHaveLength(10);
    expect(lifts.map(({ second }) => second - 3)).toEqual(kills.map(({ second }) => second));
  });

  it('of five minutes meets every disturbance more than once', () => {
    const counts = Object.values(Object.groupBy(within(300), ({ what }) => what));
    expect(counts.map((list) => list?.length)).toEqual([6, 7, 5, 5]);
  });
});
