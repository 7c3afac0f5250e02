import { describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { WorkQueue } from '../../../operator/queue/work-queue.ts';
import { Urgency } from '../../../operator/reconcile/urgency.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { anExecutor } from '../rollback/builders.ts';

const KEY = { namespace: 'desk', name: 'btc' };
type More = { readonly generation?: number; readonly latched?: boolean; readonly killed?: boolean };

function seen({ generation = 1, latched = false, killed = false }: More = {}): TradingExecutor {
  const made = anExecutor();
  const { uid } = made.metadata;
  return {
    ...made,
    metadata: { ...made.metadata, generation },
    spec: { ...made.spec, killSwitch: killed },
    status: { rollback: { uid, pending: [], latched } },
  };
}

describe('an executor is urgent', () => {
  it('when its spec or its latch has changed, or it goes; not for being seen again', () => {
    const urgency = new Urgency();
    const of = (more?: More) => urgency.of(KEY, seen(more));
    expect(of()).toBe(false); // one of a list
    expect(of()).toBe(false); // the status was written
    expect(of({ generation: 2 })).toBe(true);
    expect(of({ generation: 2 })).toBe(false);
    expect(of({ generation: 2, latched: true })).toBe(true);
    expect(of({ generation: 2, latched: true })).toBe(false);
    expect(urgency.of(KEY, undefined)).toBe(true);
    expect(of({ generation: 9 })).toBe(false); // a new one
  });

  it('when it is first seen killed or latched: a new leader confirms kills before all else', () => {
    expect(new Urgency().of(KEY, seen({ killed: true }))).toBe(true);
    expect(new Urgency().of(KEY, seen({ latched: true }))).toBe(true);
  });
});

it('who is urgent goes before all that wait, in the order of coming, and is run once', async () => {
  const queue = new WorkQueue({ clock: new ManualClock(), random: () => 0 });
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  queue.add('d', 'first');
  queue.add('e', 'first');
  queue.add('d');
  expect(queue.depth).toBe(5);
  const runs: string[] = [];
  const running = queue.run(1, async (key) => {
    runs.push(key);
    if (runs.length === 5) queue.close();
  });
  await running;
  expect(runs).toEqual(['d', 'e', 'a', 'b', 'c']);
});
