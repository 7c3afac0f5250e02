import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breaker, type BreakerState } from '../../executor/lanes/breaker.ts';
import { KeyTrust } from '../../executor/venues/btcturk/key-trust.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';

describe('a breaker', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function aBreaker(probe?: () => Promise<string>, retryMs = () => 30_000) {
    const states: BreakerState[] = [];
    const breaker = new Breaker<string>({
      ...{ name: 'test', clock: new ManualClock(), retryMs },
      isFault: (reply) => reply === 'bad',
      onChange: (state) => states.push(state),
      ...(probe === undefined ? {} : { probe }),
    });
    const run = (reply: string) => breaker.run(async () => reply);
    return { breaker, states, run };
  }

  it('opens when most of five calls fail, and begins none while it is open', async () => {
    const { breaker, run } = aBreaker();
    for (const reply of ['good', 'bad', 'bad', 'bad']) expect(await run(reply)).toBe(reply);
    expect(breaker.state).toBe('closed');
    expect(await run('bad')).toBe('bad');
    expect([breaker.state, breaker.waitMs]).toEqual(['open', 30_000]);
    let begun = 0;
    const answer = await breaker.run(async () => {
      begun += 1;
      return 'good';
    });
    expect([answer, begun]).toEqual(['open', 0]);
  });

  it('says how long it waits now, not what a fault that came in since would make of it', async () => {
    let wait = 1_000;
    const { breaker, run } = aBreaker(undefined, () => wait);
    const late = Promise.withResolvers<string>();
    const calls = Array.from({ length: 5 }, () => run('bad'));
    calls.push(breaker.run(() => late.promise) as Promise<string>);
    await Promise.all(calls.slice(0, 5));
    wait = 2_000;
    late.resolve('bad');
    await calls[5];
    expect([breaker.state, breaker.waitMs]).toEqual(['open', 1_000]);
    vi.advanceTimersByTime(1_000);
    expect(breaker.state).toBe('half-open');
  });

  it('stays closed when as many succeed, and when failures are long ago', async () => {
    const { breaker, run } = aBreaker();
    for (const reply of ['good', 'good', 'good', 'bad', 'bad', 'bad']) await run(reply);
    expect(breaker.state).toBe('closed');
    vi.advanceTimersByTime(11_000);
    for (const reply of ['bad', 'bad', 'bad', 'bad']) await run(reply);
    expect(breaker.state).toBe('closed');
  });

  it('begins a call in the very turn it was asked to', () => {
    const { breaker } = aBreaker();
    let isBegun = false;
    void breaker.run(async () => {
      isBegun = true;
      return 'good';
    });
    expect(isBegun).toBe(true);
  });

  it('asks its probe every 30 s, and nobody else, until that succeeds', async () => {
    const answers = ['bad', 'bad', 'good'];
    const { breaker, states, run } = aBreaker(async () => answers.shift() ?? 'none');
    breaker.open();
    for (let n = 0; n < 3; n += 1) {
      vi.advanceTimersByTime(29_999);
      expect(breaker.state).toBe('open');
      vi.advanceTimersByTime(1);
      // The probe is on its way: nobody else is let through.
      expect(await run('good')).toBe('open');
      await settle();
    }
    expect(states).toEqual([
      ...['open', 'half-open', 'open', 'half-open', 'open', 'half-open'],
      'closed',
    ]);
    expect(answers).toEqual([]);
  });

  it('that may refuse nothing counts, lets all pass, and closes at the first success', async () => {
    const { breaker } = aBreaker();
    const pass = (reply: string) => breaker.pass(async () => reply);
    for (let n = 0; n < 8; n += 1) expect(await pass('bad')).toBe('bad');
    expect(breaker.state).toBe('open');
    expect(await pass('good')).toBe('good');
    expect(breaker.state).toBe('closed');
  });
});

it('waits longer and longer with a key that is refused, and begins anew with another', () => {
  let key = {};
  const trust = new KeyTrust(() => key);
  const wait = () => trust.waitMs({ firstMs: 30_000, maxMs: 900_000 }) / 1_000;
  for (let n = 0; n < 4; n += 1) trust.told(401);
  expect([trust.isRefused(), wait()]).toEqual([false, 30]);
  const waits = Array.from({ length: 8 }, () => {
    trust.told(401);
    return wait();
  });
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  for (const status of [403, 429, 500]) trust.told(status);
  expect(trust.isRefused()).toBe(true);
  key = {};
  expect([trust.isRefused(), trust.refusals]).toEqual([false, 0]);
});
