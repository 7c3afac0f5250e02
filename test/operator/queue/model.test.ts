import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../operator/queue/token-bucket.ts';
import { WorkQueue } from '../../../operator/queue/work-queue.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { type ModelOptions, QueueModel } from './queue-model.ts';

/** Every time is a multiple of an eighth of a second: exact in binary, so model and queue agree. */
const STEP_MS = 125;
const OPTIONS: ModelOptions = {
  ...{ workers: 2, firstMs: STEP_MS, maxMs: 16 * STEP_MS, perSecond: 0.5, burst: 1 },
};

type Step =
  | { readonly do: 'add' | 'addFirst' | 'forget' | 'finish'; readonly key: string }
  | { readonly do: 'addAfter' | 'retry'; readonly key: string; readonly ms: number }
  | { readonly do: 'advance'; readonly ms: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const ms = fc.integer({ min: 0, max: 24 }).map((steps) => steps * STEP_MS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'addFirst', 'forget', 'finish', 'finish'), key }),
  fc.record({ do: fc.constantFrom('addAfter', 'retry', 'retry'), key, ms }),
  fc.record({ do: fc.constant('advance' as const), ms }),
);

/** A queue whose runs end when they are told to. */
class Run {
  readonly clock = new ManualClock();
  readonly runs: string[] = [];
  readonly counts = { adds: 0, retries: 0, taken: 0, done: 0 };
  readonly queue = new WorkQueue({
    clock: this.clock,
    random: () => 0,
    policy: OPTIONS,
    bucket: new TokenBucket(OPTIONS),
    observer: {
      added: () => void this.counts.adds++,
      retried: () => void this.counts.retries++,
      taken: () => void this.counts.taken++,
      done: () => void this.counts.done++,
    },
  });
  readonly #ends = new Map<string, () => void>();
  readonly #running = this.queue.run(OPTIONS.workers, async (key) => {
    expect(this.#ends.has(key), `${key} runs twice at once`).toBe(false);
    this.runs.push(key);
    await new Promise<void>((end) => this.#ends.set(key, end));
  });

  async finish(key: string): Promise<void> {
    const end = this.#ends.get(key);
    this.#ends.delete(key);
    end?.();
    await settle();
  }

  async close(): Promise<void> {
    this.queue.close();
    for (const end of this.#ends.values()) end();
    await this.#running;
  }
}

async function perform(one: Step, model: QueueModel, run: Run): Promise<void> {
  const { queue, clock } = run;
  if (one.do === 'advance') {
    model.advance(one.ms);
    await clock.advance(one.ms);
  } else if (one.do === 'finish') {
    if (model.running.has(one.key)) model.finish(one.key);
    await run.finish(one.key);
  } else if ('ms' in one) {
    model[one.do](one.key, one.ms);
    queue[one.do](one.key, one.ms);
  } else if (one.do === 'addFirst') {
    model.addFirst(one.key);
    queue.add(one.key, 'first');
  } else {
    model[one.do](one.key);
    queue[one.do](one.key);
  }
  await settle();
}

describe('any use of the work queue', () => {
  it('runs the keys in the order, at the times and as often as its model says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const model = new QueueModel(OPTIONS);
        const run = new Run();
        try {
          for (const one of steps) {
            await perform(one, model, run);
            const { adds, retries } = run.counts;
            expect({ runs: run.runs, depth: run.queue.depth, adds, retries }).toEqual({
              ...{ runs: model.runs, depth: model.depth },
              ...{ adds: model.adds, retries: model.retries },
            });
            expect(run.queue.runningMs).toEqual(model.runningMs);
          }
        } finally {
          await run.close();
        }
        expect(run.counts.done).toBe(run.counts.taken);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
