import { describe, expect, it } from 'vitest';
import { arrivals, BURST, bursts, episodes } from './schedule.ts';

describe('the schedule of all arms', () => {
  it('has two bursts and two of every episode in 15 minutes, none beyond the end', () => {
    expect(bursts(15)).toHaveLength(2);
    const kinds = Map.groupBy(episodes(15), ({ what }) => what);
    expect([...kinds.values()].map((list) => list.length)).toEqual([2, 2, 2, 2]);
    expect(episodes(15).every(({ at, forMs }) => at + forMs <= 15 * 60_000)).toBe(true);
  });

  it('keeps bursts clear of the 30 s that the breaker holds after the 503s', () => {
    const ends = episodes(15).flatMap(({ what, at, forMs }) =>
      what === 'unavailable' || what === 'skew' ? [at + forMs] : [],
    );
    expect(bursts(15).every((at) => ends.every((end) => at < end || at > end + 60_000))).toBe(true);
  });

  it('squeezes one cycle into a run that is shorter', () => {
    expect(episodes(1).every(({ at, forMs }) => at + forMs <= 60_000)).toBe(true);
    expect(episodes(1)).toHaveLength(4);
  });

  it('never asks for more orders in a minute than spec.limits lets out', () => {
    const all = arrivals(15).map(({ at }) => at);
    const most = Math.max(
      ...all.map((from) => all.filter((at) => at >= from && at < from + 60_000).length),
    );
    expect(most).toBe(120 + BURST);
  });
});
