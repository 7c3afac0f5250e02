import { describe, expect, it } from 'vitest';
import type { PodStatus } from '../../../../crds/status.ts';
import {
  killState,
  modeState,
  podKill,
  rowState,
} from '../../../../operator/console/page/overview/row-state.ts';
import { totals } from '../../../../operator/console/page/overview/totals.ts';
import { aRow } from './a-row.ts';

const KILLED_AT = '2026-11-25T12:50:12.000Z';
const pod = (change: Partial<PodStatus>): PodStatus => ({
  ...{ name: 'pod-0', state: 'Gated', ready: true },
  ...change,
});
const killed = { mode: 'paper', killSwitch: true, reason: 'KillSwitch' } as const;

describe('what a row tells', () => {
  it('is good only when it is STABLE and without trouble', () => {
    expect(rowState(aRow()).tone).toBe('good');
    const quiet = rowState(aRow({ badge: { state: 'WATCH', reasons: ['NoTraffic'] } }));
    expect(quiet).toMatchObject({ tone: 'quiet', reasons: ['too few orders to tell'] });
  });

  it('takes its tone from its first trouble', () => {
    expect(rowState(aRow({ troubles: ['UnknownOrders', 'Warning'] })).tone).toBe('critical');
    expect(rowState(aRow({ troubles: ['Warning'] })).tone).toBe('warning');
  });

  it('says each thing once, the trouble before the reason of the badge', () => {
    const row = aRow({
      troubles: ['RolledBack', 'CriticalAlert', 'Watch'],
      badge: { state: 'WATCH', reasons: ['RollbackLatched', 'KillSwitch', 'SlowAcks'] },
    });
    expect(rowState(row).reasons).toEqual([
      'Rolled back',
      'Critical alert',
      'acknowledgements slow',
    ]);
  });

  it('shows a reason that is new to it as it came, in words', () => {
    const row = aRow({ badge: { state: 'WATCH', reasons: ['ClockOff', '<b>x</b>'] } });
    expect(rowState(row).reasons).toEqual(['Clock off', '<b>x</b>']);
  });

  it('tells a difference of declared and effective mode, and one that is not known', () => {
    expect(modeState(aRow()).differs).toBe(false);
    const climbing = { mode: 'trickle', killSwitch: false, reason: 'LadderHolding' } as const;
    expect(modeState(aRow({ effective: climbing }))).toMatchObject({
      differs: true,
      inForce: 'trickle',
    });
    expect(modeState(aRow({ effective: null }))).toMatchObject({ differs: true, inForce: null });
  });
});

describe('a kill in a row', () => {
  it.each([
    [pod({ gatedAt: '2026-11-25T12:50:12.012Z' }), 'gated 12 ms · not flat yet', 'warning'],
    [pod({ gatedAt: '2026-11-25T12:50:11.997Z' }), 'gated 0 ms · not flat yet', 'warning'], // before the operator saw it
    [
      pod({ gatedAt: '2026-11-25T12:50:12.012Z', flatAt: '2026-11-25T12:50:12.341Z' }),
      'gated 12 ms · flat 341 ms',
      'good',
    ],
    [
      pod({ gatedAt: '2026-11-25T12:49:00Z', flatAt: '2026-11-25T12:49:00Z' }),
      'gated yes · flat yes',
      'good',
    ],
    [pod({ state: 'Ungated' }), 'not gated', 'critical'],
    [pod({ state: 'Open' }), 'not gated', 'critical'],
    [pod({ state: 'Unreachable' }), 'does not answer', 'critical'],
    [pod({ state: 'FencedByTime' }), 'silent, fenced by time', 'warning'],
  ])('tells of a pod %o: %s', (one, words, tone) => {
    expect(podKill(one, KILLED_AT)).toMatchObject({ words, tone });
  });

  it('puts the pod that proves least first, and is confirmed only by all of them', () => {
    const pods = [
      pod({ name: 'a', flatAt: KILLED_AT }),
      pod({ name: 'b' }),
      pod({ name: 'c', state: 'Ungated' }),
    ];
    const kill = killState(aRow({ effective: killed, killedAt: KILLED_AT, pods }));
    expect(kill).toMatchObject({ kind: 'killed', confirmed: false });
    expect(kill.kind === 'killed' && kill.pods.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });

  it('is not confirmed because there is nobody left to ask', () => {
    expect(killState(aRow({ effective: killed, pods: [] }))).toMatchObject({ confirmed: false });
  });

  it('counts as killed as soon as it is declared, before the operator has said so', () => {
    const declared = { mode: 'live', killSwitch: true, version: null } as const;
    expect(killState(aRow({ declared })).kind).toBe('killed');
    expect(killState(aRow({ deleting: true })).kind).toBe('killed');
    expect(killState(aRow()).kind).toBe('open');
  });

  it('is summed up with the rest, whatever the filter', () => {
    const rows = [
      aRow(),
      aRow({ effective: killed, troubles: ['Killed'] }),
      aRow({ namespace: 'a', troubles: ['NotReady'] }),
    ];
    expect(totals(rows)).toMatchObject({
      all: 3,
      critical: 1,
      warning: 1,
      killed: 1,
      stable: 3,
      namespaces: ['a', 'desk-a'],
    });
  });
});
