import { describe, expect, it } from 'vitest';
import { Bulkhead, type Turn } from '../../executor/lanes/bulkhead.ts';
import { CancelLane } from '../../executor/lanes/cancel-lane.ts';
import { Pace } from '../../executor/lanes/pace.ts';
import { ManualClock, settle } from '../support/manual-clock.ts';

function aBulkhead(slots: number) {
  const clock = new ManualClock();
  const state = { slots };
  const bulkhead = new Bulkhead({ clock, slots: () => state.slots, waitingMax: 100 });
  const served: string[] = [];
  const enter = (name: string, symbol = name) =>
    bulkhead.enter(symbol, 1_000).then((turn: Turn) => {
      served.push(`${name}:${turn.kind}`);
      return turn;
    });
  return { clock, state, bulkhead, served, enter };
}

describe('the bulkhead', () => {
  it('lets symbols take turns and keeps the order within one', async () => {
    const { bulkhead, served, enter } = aBulkhead(1);
    for (const name of ['a1', 'a2', 'a3']) void enter(name, 'A');
    void enter('b1', 'B');
    for (let turn = 0; turn < 4; turn += 1) {
      await settle();
      bulkhead.leave(0);
    }
    await settle();
    expect(served.map((one) => one.split(':')[0])).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('sends a waiter away at its deadline, and everybody when flushed', async () => {
    const { clock, bulkhead, served, enter } = aBulkhead(1);
    void enter('first');
    void enter('late');
    await clock.advance(1_000);
    void enter('flushed');
    bulkhead.flush();
    await settle();
    expect(served).toEqual(['first:slot', 'late:expired', 'flushed:flushed']);
    expect([bulkhead.waiting, bulkhead.busy]).toEqual([0, 1]);
  });

  it('follows a change of slots while orders wait', async () => {
    const { state, bulkhead, served, enter } = aBulkhead(2);
    for (const name of ['a', 'b', 'c', 'd']) void enter(name);
    state.slots = 1;
    await settle();
    bulkhead.leave(0);
    await settle();
    expect(served).toHaveLength(2);
    bulkhead.leave(1);
    await settle();
    expect(served).toHaveLength(3);
  });
});

it('the pace lets through as many as fit in any span', async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, { count: 3, spanMs: 1_000 });
  const times: number[] = [];
  const all = Array.from({ length: 7 }, () =>
    pace.run(async () => {
      times.push(clock.elapsed());
      await clock.after(200);
    }),
  );
  await clock.advance(5_000);
  await Promise.all(all);
  // Counted from the answer: a slow call keeps its place for as long as it may arrive.
  expect(times).toEqual([0, 0, 0, 1_200, 1_200, 1_200, 2_400]);
});

it('the pace gives the place of a call that never left to the next at once', async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, { count: 2, spanMs: 1_000 });
  const began = Array.from({ length: 6 }, async (_, n) => {
    const call = async () => ({ hasLeft: n < 2 || n === 5, at: clock.elapsed() });
    return (await pace.run(call, ({ hasLeft }) => hasLeft)).at;
  });
  await clock.advance(10_000);
  expect(await Promise.all(began)).toEqual([0, 0, 1_000, 1_000, 1_000, 1_000]);
  const after = [0, 1].map(() => pace.run(async () => clock.elapsed()));
  expect(await Promise.all(after)).toEqual([10_000, 10_000]);
});

describe('the cancel lane', () => {
  const answers = {
    accepted: { kind: 'accepted' },
    sick: { kind: 'failed', message: '503', errorClass: '5xx' },
    ill: { kind: 'failed', message: 'ORDER_CANCEL_BLOCKED', errorClass: 'rejected' },
  } as const;
  const aLane = () => {
    const clock = new ManualClock();
    const lane = new CancelLane(clock);
    const begun: number[] = [];
    const ask = (answer: keyof typeof answers, ms = 0) =>
      lane.run(async () => {
        begun.push(clock.elapsed());
        await clock.after(ms);
        return answers[answer];
      });
    return { clock, begun, ask };
  };

  it('asks for one at a time', async () => {
    const { clock, begun, ask } = aLane();
    const all = [ask('accepted', 400), ask('accepted', 400), ask('accepted')];
    await clock.advance(2_000);
    await Promise.all(all);
    expect(begun).toEqual([0, 400, 800]);
  });

  it('slows down while the venue is sick, not for an order that cannot be cancelled', async () => {
    const { clock, begun, ask } = aLane();
    const all = [ask('sick'), ask('sick'), ask('ill'), ask('ill'), ask('sick'), ask('accepted')];
    await clock.advance(5_000);
    await Promise.all(all);
    expect(begun).toEqual([0, 250, 750, 750, 750, 1_000]);
    const down = Array.from({ length: 7 }, () => ask('sick'));
    await clock.advance(60_000);
    await Promise.all(down);
    const waits = begun.slice(7).map((at, n) => at - (begun[n + 6] ?? 0));
    expect(waits).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]);
  });

  it('leaves some of the venue’s 300 a minute to people', async () => {
    const { clock, begun, ask } = aLane();
    const all = Array.from({ length: 320 }, () => ask('accepted'));
    await clock.advance(150_000);
    await Promise.all(all);
    for (const at of begun) {
      expect(begun.filter((one) => one > at - 1_000 && one <= at).length).toBeLessThanOrEqual(9);
      expect(begun.filter((one) => one > at - 60_000 && one <= at).length).toBeLessThanOrEqual(290);
    }
    expect(begun).toHaveLength(320);
  });
});
