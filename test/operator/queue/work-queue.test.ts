import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../operator/queue/backoff.ts';
import { RETRIES, TokenBucket } from '../../../operator/queue/token-bucket.ts';
import { WorkQueue } from '../../../operator/queue/work-queue.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const turn = () => new Promise((wake) => setImmediate(wake));
const aQueue = () => {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, random: () => 0 }) };
};

describe('the work queue', () => {
  it('runs a key once however often it was added, and once more when added while it runs', async () => {
    const { queue } = aQueue();
    const runs: string[] = [];
    let active = 0;
    const gate = Promise.withResolvers<void>();
    for (const key of ['a', 'a', 'b']) queue.add(key);
    const running = queue.run(4, async (key) => {
      active += key === 'a' ? 1 : 0;
      expect(active).toBeLessThanOrEqual(1); // one run per key at a time
      runs.push(key);
      await gate.promise;
      active -= key === 'a' ? 1 : 0;
    });
    await turn();
    expect(runs).toEqual(['a', 'b']);
    for (const key of ['a', 'a']) queue.add(key);
    gate.resolve();
    await turn();
    expect(runs).toEqual(['a', 'b', 'a']);
    queue.close();
    await running;
  });

  it('keeps the earliest of several delays for a key', async () => {
    const { clock, queue } = aQueue();
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 5_000);
    await clock.advance(99);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
    queue.close();
  });

  it('backs off per key and starts anew when forgotten', async () => {
    const { clock, queue } = aQueue();
    const at: number[] = [];
    const running = queue.run(1, async (key) => {
      at.push(clock.elapsed());
      if (at.length === 4) queue.forget(key);
      queue.retry(key);
    });
    queue.add('a');
    await clock.advance(400);
    expect(at).toEqual([0, 50, 150, 350, 400]);
    queue.close();
    await running;
  });

  it('runs no retry of a key that has become well since', async () => {
    const { clock, queue } = aQueue();
    queue.retry('a');
    queue.forget('a');
    await clock.advance(60_000);
    expect(queue.depth).toBe(0);
    queue.close();
  });

  it('limits the retries of all keys together, and never what is added', async () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(RETRIES);
    const queue = new WorkQueue({ clock, random: () => 0, bucket });
    for (let i = 0; i < 200; i++) queue.retry(`broken-${i}`);
    await clock.advance(50);
    expect(queue.depth).toBe(100); // the burst
    await clock.advance(5_000);
    expect(queue.depth).toBe(150); // ten a second
    queue.add('killed');
    expect(queue.depth).toBe(151);
    queue.close();
  });

  it.each([
    [1, 0, 50],
    [2, 0, 100],
    [11, 0, 51_200],
    [12, 0, 60_000],
    [999, 0, 60_000],
    [12, 1, 30_000],
  ])('waits after failure %i with jitter %f for %i ms', (failures, random, ms) => {
    expect(backoffMs({ firstMs: 50, maxMs: 60_000 }, failures, random)).toBe(ms);
  });
});
