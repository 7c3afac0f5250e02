import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../crds/clock.ts';
import { ladder } from '../../../operator/reconcile/ladder.ts';

const SINCE = '2026-01-01T00:00:00Z';
const at = (ms: number) => (Date.parse(SINCE) + ms) as EpochMs;
const held = (wallMs: number, forMs: number) => ({
  before: { reached: 'paper', holding: 'trickle', since: SINCE } as const,
  latched: false,
  alerted: false,
  confirmed: { rung: 'trickle', forMs } as const,
  holdForMs: 60_000,
  now: at(wallMs),
});

describe('the ladder', () => {
  it.each([
    ['rises when the rung was held for holdFor', 60_000, 60_000, 'trickle'],
    ['holds on a millisecond before', 59_999, 60_000, 'paper'],
    ['is not shortened by a wall clock that jumps', 3_600_000, 59_999, 'paper'],
  ] as const)('%s', (_, wallMs, forMs, reached) => {
    expect(ladder(held(wallMs, forMs)).reached).toBe(reached);
  });

  it('does not rise, and starts the hold anew, under a pending alert', () => {
    expect(ladder({ ...held(60_000, 60_000), alerted: true })).toEqual({ reached: 'paper' });
  });

  it('starts the hold anew when a pod no longer confirms', () => {
    expect(ladder({ ...held(60_000, 0), confirmed: undefined })).toEqual({ reached: 'paper' });
  });

  it('falls to paper while latched, from wherever it was', () => {
    const before = { reached: 'live' } as const;
    expect(ladder({ ...held(0, 0), before, latched: true })).toEqual({ reached: 'paper' });
  });

  it('keeps what it reached when the declared mode is lower', () => {
    const before = { reached: 'live' } as const;
    expect(ladder({ ...held(0, 60_000), before })).toEqual({ reached: 'live' });
  });
});
