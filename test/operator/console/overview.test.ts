import { beforeEach, describe, expect, it } from 'vitest';
import type { ListWatchStats } from '../../../crds/kube/list-watch.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { Board } from '../../../operator/console/live/board.ts';
import { overview } from '../../../operator/console/live/overview.ts';
import type { Person } from '../../../operator/console/session/people.ts';
import type { OverviewEvent } from '../../../operator/console/wire/overview.ts';
import { Refusal } from '../../../operator/http/refusal.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { executorBut } from './an-executor.ts';
import { noNumbers } from './no-numbers.ts';

const anna = { username: 'anna' } as Person;
let clock: ManualClock;
let board: Board;
let watching: boolean;
let namespaces: Set<string>;
let isKnown: boolean;
let events: OverviewEvent[];
let running: Promise<void>;

const named = (name: string, namespace: string, more: object = {}): TradingExecutor =>
  executorBut({ metadata: { name, namespace, uid: `uid-${name}`, ...more } });
const show = (object: TradingExecutor) => board.executor(object.metadata, object);

beforeEach(async () => {
  clock = new ManualClock();
  [watching, isKnown, namespaces, events] = [true, true, new Set(['desk']), []];
  const world = {
    executor: () => undefined,
    executors: () => [named('a', 'desk'), named('b', 'other')],
    stats: () => new Map([['tradingexecutors', [{ watching } as ListWatchStats]]]),
  };
  board = new Board({ world, clock, numbers: noNumbers('executors') });
  const people = {
    again: async () => {
      if (!isKnown) throw new Refusal(401, 'SIGN_IN', 'over');
      return anna;
    },
  };
  const sight = {
    namespaces: async (_: Person, all: Iterable<string>) =>
      new Set([...all].filter((one) => namespaces.has(one))),
  };
  const stream = {
    signal: new AbortController().signal,
    ready: async () => undefined,
    send: (json: string) => void events.push(JSON.parse(json)),
  };
  running = overview({ board, people, sight, clock }, anna, stream);
  running.catch(() => undefined);
  await settle();
});

const namesIn = (event: OverviewEvent | undefined) =>
  event !== undefined && 'rows' in event ? event.rows.map(({ name }) => name) : undefined;

describe('the stream of the overview', () => {
  it('begins with all rows the person may see, then has what is different, then what is gone', async () => {
    expect([events[0]?.kind, namesIn(events[0])]).toEqual(['all', ['a']]);
    show(named('c', 'desk'));
    show(named('d', 'other'));
    await clock.advance(300);
    expect([events[1]?.kind, namesIn(events[1])]).toEqual(['changed', ['c']]);
    board.executor({ namespace: 'desk', name: 'a' }, undefined);
    await clock.advance(300);
    expect(events[2]).toMatchObject({ kind: 'changed', rows: [], gone: ['uid-a'] });
  });

  it('says nothing of a write that changes nothing to see', async () => {
    await clock.advance(300);
    show(named('a', 'desk', { resourceVersion: '2' }));
    await clock.advance(300);
    expect(events).toHaveLength(1);
  });

  it('one that was made again under its name is another row', async () => {
    await clock.advance(300);
    show(named('a', 'desk', { uid: 'uid-new' }));
    await clock.advance(300);
    expect(events[1]).toMatchObject({ rows: [{ uid: 'uid-new' }], gone: ['uid-a'] });
  });

  it('a right that goes takes its rows along, and one that comes brings them', async () => {
    namespaces = new Set(['other']);
    await clock.advance(15_000);
    const changed = events.filter(({ kind }) => kind === 'changed');
    expect(changed).toMatchObject([{ rows: [{ name: 'b' }], gone: ['uid-a'] }]);
  });

  it('ends when the session does', async () => {
    isKnown = false;
    await clock.advance(15_000);
    await expect(running).rejects.toMatchObject({ statusCode: 401 });
  });

  it('does not call rows fresh while the operator’s own watch is broken', async () => {
    watching = false;
    await clock.advance(20_000);
    expect(new Set(events.map(({ at }) => at))).toEqual(new Set(['2026-11-23T03:00:00.000Z']));
    expect(events.at(-1)?.blindMs).toBeGreaterThan(10_000);
    watching = true;
    await clock.advance(5_000);
    expect(events.at(-1)?.at).not.toBe(events[0]?.at);
    expect(events.at(-1)?.blindMs).toBe(0);
  });
});
