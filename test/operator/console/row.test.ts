import { describe, expect, it } from 'vitest';
import { row } from '../../../operator/console/row.ts';
import type { Trouble } from '../../../operator/console/wire/overview.ts';
import { stamp } from '../rollback/builders.ts';
import { CONFIRMED, condition, executorBut, numbersBut, pod, type Unlike } from './an-executor.ts';

const firing = (severity: string) => [
  { name: 'A', severity, since: stamp('03:00:00'), summary: null },
];
const rowOf = (unlike: Unlike = {}, numbers = {}) =>
  row({ object: executorBut(unlike), numbers: numbersBut(numbers), killedAt: null });
const troublesOf = (unlike: Unlike = {}, numbers = {}) => rowOf(unlike, numbers).troubles;

const KILL = { killSwitch: true };
const LATCH = { uid: 'uid-1', pending: [], latched: true, incident: 'btc-1' };

describe('troubles of a row', () => {
  it('are none of an executor that is well', () => {
    expect(troublesOf()).toEqual([]);
  });

  it.each(['Ungated', 'Unreachable', 'FencedByTime'] as const)(
    'a killed pod that is %s is not confirmed, whatever the condition says',
    (state) => {
      const status = { ...CONFIRMED, pods: [pod('Gated', { name: 'a' }), pod(state)] };
      expect(troublesOf({ spec: KILL, status })).toEqual(['KillNotConfirmed', 'Killed']);
    },
  );

  it('a kill that the operator has not seen yet is not confirmed by what it said before', () => {
    const before = executorBut().status ?? {};
    expect(troublesOf({ spec: KILL, status: before })[0]).toBe('KillNotConfirmed');
    const conditions = [condition('KillSwitchConfirmed', 'True', 'Flat')];
    expect(troublesOf({ spec: KILL, status: { conditions } })[0]).toBe('KillNotConfirmed');
  });

  it('a confirmed kill is a trouble, but not the worst', () => {
    expect(troublesOf({ spec: KILL, status: CONFIRMED })).toEqual(['Killed']);
  });

  const cases: readonly (readonly [Trouble, Unlike, object])[] = [
    ['RolledBack', { spec: KILL, status: { ...CONFIRMED, rollback: LATCH } }, {}],
    ['Unreachable', { status: { pods: [pod('Unreachable')] } }, {}],
    ['NotReady', { status: { conditions: [condition('Ready', 'False', 'NoPod')] } }, {}],
    ['CriticalAlert', {}, { alerts: firing('critical') }],
    ['UnknownOrders', {}, { unknownOrders: 1 }],
    ['SpecOverruled', { status: { conditions: [condition('SpecOverruled', 'True')] } }, {}],
    ['Watch', { status: { stability: { state: 'WATCH', reasons: ['SlowAcks'] } } }, {}],
    ['Warning', {}, { alerts: firing('warning') }],
  ];
  it.each(cases)('%s', (trouble, unlike, numbers) => {
    expect(troublesOf(unlike, numbers)).toContain(trouble);
    expect(troublesOf()).not.toContain(trouble);
  });

  it('no answer of one pod of two is not Unreachable', () => {
    const pods = [pod('Open', { name: 'a' }), pod('Unreachable')];
    expect(troublesOf({ status: { pods } })).toEqual([]);
  });

  it('a badge that is WATCH for want of traffic, or for what is told elsewhere, is none', () => {
    const watch = (...reasons: string[]) => ({ stability: { state: 'WATCH' as const, reasons } });
    expect(troublesOf({ status: watch('NoTraffic') })).toEqual([]);
    const silent = { ...watch('NoAnswer', 'NoTraffic'), pods: [pod('Unreachable')] };
    expect(troublesOf({ status: silent })).toEqual(['Unreachable']);
    expect(troublesOf({ status: watch('NoAnswer') })).toEqual(['Watch']);
  });

  it('numbers that are not known are no trouble', () => {
    expect(troublesOf({}, { unknownOrders: null })).toEqual([]);
  });

  it('come in the order of the wire, the most drastic first', () => {
    const status = { rollback: LATCH, pods: [pod('Unreachable')] };
    const numbers = { alerts: [...firing('warning'), ...firing('critical')], unknownOrders: 2 };
    expect(troublesOf({ spec: KILL, status }, numbers)).toEqual([
      ...['KillNotConfirmed', 'RolledBack', 'Unreachable', 'CriticalAlert', 'UnknownOrders'],
      ...['Killed', 'Warning'],
    ]);
  });
});

describe('a row', () => {
  it('is never STABLE while the object itself says that it is killed or latched', () => {
    expect(rowOf({ spec: KILL }).badge).toEqual({ state: 'WATCH', reasons: ['KillSwitch'] });
    const latched = rowOf({ status: { rollback: LATCH } });
    expect(latched.badge.reasons).toEqual(['RollbackLatched', 'KillSwitch']);
    expect(latched.incident).toBe('btc-1');
  });

  it('says so while nothing was judged yet', () => {
    const { status, ...rest } = executorBut();
    const made = row({ object: rest, numbers: numbersBut(), killedAt: null });
    expect(status).toBeDefined();
    expect(made).toMatchObject({ effective: null, pods: [], version: null, incident: null });
    expect(made.badge).toEqual({ state: 'WATCH', reasons: ['NotJudgedYet'] });
  });

  it('takes a latch of another uid for nothing', () => {
    const { incident, troubles } = rowOf({ status: { rollback: { ...LATCH, uid: 'old' } } });
    expect([incident, troubles.includes('RolledBack')]).toEqual([null, false]);
  });

  it('shows each tag where pods differ, and since when it is killed only while it is', () => {
    const pods = [pod('Open', { name: 'a', version: 'v1' }), pod('Open', { version: 'v2' })];
    expect(rowOf({ status: { pods } }).version).toBe('v1, v2');
    const killedAt = stamp('03:00:00');
    const at = (unlike: Unlike) =>
      row({ object: executorBut(unlike), numbers: numbersBut(), killedAt }).killedAt;
    expect([at({}), at({ spec: KILL })]).toEqual([null, killedAt]);
  });
});
