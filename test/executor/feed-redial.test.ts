import { describe, expect, it } from 'vitest';
import { feedAddress } from '../../executor/feed/address.ts';
import {
  begun,
  ended,
  type Heard,
  isDead,
  noAttempts,
  pauseMs,
} from '../../executor/feed/redial.ts';
import { anExecutor } from './an-executor.ts';

/** When connects begin at a venue where each ends `stoodMs` after it began. */
function connects(stoodMs: number, count: number, random: () => number): readonly number[] {
  let attempts = noAttempts;
  let now = 0;
  return Array.from({ length: count }, () => {
    now += pauseMs(attempts, now, random);
    attempts = begun(attempts, now);
    const at = now;
    now += stoodMs;
    attempts = ended(attempts, { stoodMs, retryAfterMs: undefined });
    return at;
  });
}

describe('connects', () => {
  it.each([
    ['ends at once', 0],
    ['stands a second', 1_000],
    ['stands just long enough to look good', 30_000],
  ])('are at most 10 in any minute, also where each %s', (_, stoodMs) => {
    const at = connects(stoodMs, 60, () => 0);
    for (const start of at) {
      expect(at.filter((one) => one >= start && one < start + 60_000).length).toBeLessThanOrEqual(
        10,
      );
    }
  });

  it('come at once after a good connection, and 15 s apart at most', () => {
    const random = () => 0.999;
    const good = ended(noAttempts, { stoodMs: 30_000, retryAfterMs: undefined });
    expect(pauseMs(good, 0, random)).toBeLessThan(250);
    const bad = { ...noAttempts, failures: 50 };
    expect(pauseMs(bad, 0, random)).toBeLessThanOrEqual(15_000);
    expect(pauseMs(bad, 0, () => 0)).toBeGreaterThan(7_000);
  });

  it('wait as long as the venue asks', () => {
    const refused = ended(noAttempts, { stoodMs: 0, retryAfterMs: 42_000 });
    expect(pauseMs(refused, 0, () => 0)).toBe(42_000);
  });
});

describe('a connection', () => {
  const heard = (part: Partial<Heard>): Heard => ({
    ...{ beganAt: 0, openedAt: 100, anyAt: 200, dataAt: undefined, ...part },
  });
  it.each<[string, Partial<Heard>, number, boolean]>([
    ['that opens within 25 s lives', { openedAt: undefined, anyAt: undefined }, 25_000, false],
    ['that does not is dead', { openedAt: undefined, anyAt: undefined }, 25_001, true],
    ['that greets lives', {}, 15_101, false],
    ['that does not greet is dead', { anyAt: undefined }, 15_101, true],
    ['that brought no data yet lives on its pings', { anyAt: 60_000 }, 100_000, false],
    ['without two pings is dead', { anyAt: 60_000 }, 100_001, true],
    ['that had data lives 15 s without', { anyAt: 40_000, dataAt: 25_000 }, 40_000, false],
    ['that has only pings left is dead', { anyAt: 40_000, dataAt: 25_000 }, 40_001, true],
  ])('%s', (_, part, now, dead) => {
    expect(isDead(heard(part), now, 15_000)).toBe(dead);
  });
});

describe('the address', () => {
  const of = (venue: Record<string, unknown>) =>
    feedAddress(anExecutor('paper', { venue, whitelist: ['GARAN.E'] }).spec);
  const none = { kind: 'none' };
  it.each([
    [
      'the venue’s own',
      { baseUrl: undefined },
      { kind: 'at', url: 'wss://ws-feed-pro.btcturk.com/' },
    ],
    ['what the spec says', { feedUrl: 'ws://x/' }, { kind: 'at', url: 'ws://x/' }],
    ['none, where orders go elsewhere and no feed is named', { baseUrl: 'http://x' }, none],
    ['none at BIST', { name: 'bist', feedUrl: 'ws://x/' }, none],
  ])('is %s', (_, venue, expected) => {
    expect(of(venue)).toMatchObject(expected);
  });
});
