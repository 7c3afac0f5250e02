import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Effective,
  type EffectiveInput,
  type EffectiveReason,
  effective,
  effectiveOf,
  rungAbove,
  stricterMode,
} from '../../crds/effective.ts';
import type { Mode } from '../../crds/trading-executor.ts';
import { anExecutor } from './an-executor.ts';

const MODES: readonly Mode[] = ['paper', 'trickle', 'live'];
const height = (mode: Mode): number => MODES.indexOf(mode);

const input = fc.record<EffectiveInput>({
  mode: fc.constantFrom(...MODES),
  killSwitch: fc.boolean(),
  latched: fc.boolean(),
  ladderReached: fc.constantFrom(...MODES),
  deleting: fc.boolean(),
  status: fc.constantFrom('own', 'absent', 'foreign'),
});

/** Of two inputs, field by field the stricter: never looser than either. */
const stricterOf = (a: EffectiveInput, b: EffectiveInput): EffectiveInput => ({
  mode: stricterMode(a.mode, b.mode),
  killSwitch: a.killSwitch || b.killSwitch,
  latched: a.latched || b.latched,
  ladderReached: stricterMode(a.ladderReached, b.ladderReached),
  deleting: a.deleting || b.deleting,
  status: a.status === 'own' ? b.status : a.status,
});

const isLooser = (after: Effective, before: Effective): boolean =>
  height(after.mode) > height(before.mode) ||
  (before.killed && !after.killed) ||
  (!before.open && after.open);

type Decide = (of: EffectiveInput) => Effective;

/** All 216 inputs: few enough to try every pair, which random sampling would not. */
const inputs: readonly EffectiveInput[] = MODES.flatMap((mode) =>
  MODES.flatMap((ladderReached) =>
    [true, false].flatMap((killSwitch) =>
      [true, false].flatMap((latched) =>
        [true, false].flatMap((deleting) =>
          (['own', 'absent', 'foreign'] as const).map((status) => ({
            ...{ mode, ladderReached, killSwitch, latched, deleting, status },
          })),
        ),
      ),
    ),
  ),
);

/** The first input that a stricter one loosens; undefined when there is none. */
function loosened(decide: Decide): EffectiveInput | undefined {
  return inputs.find((before) => {
    const state = decide(before);
    return inputs.some((other) => isLooser(decide(stricterOf(before, other)), state));
  });
}

describe('effective', () => {
  it('is never loosened by tightening any input, tried on every pair of inputs', () => {
    expect(inputs).toHaveLength(216);
    expect(loosened(effective)).toBeUndefined();
  });

  it.each<[string, Decide]>([
    [
      'lets a kill hide the latch',
      (of) => effective({ ...of, latched: of.latched && !of.killSwitch }),
    ],
    [
      'opens what is deleted',
      (of) => ({ ...effective(of), open: of.deleting || effective(of).open }),
    ],
    [
      'trusts a foreign status',
      (of) =>
        effective({
          ...of,
          status: of.status === 'foreign' ? 'own' : of.status,
          latched: of.latched && of.status === 'own',
        }),
    ],
    [
      'climbs when killed',
      (of) => effective({ ...of, ladderReached: of.killSwitch ? 'live' : of.ladderReached }),
    ],
    [
      'goes live when declared paper',
      (of) => ({ ...effective(of), mode: of.mode === 'paper' ? 'live' : effective(of).mode }),
    ],
  ])('would notice a decision which %s', (_, broken) => {
    expect(loosened(broken)).toBeDefined();
  });

  it('is at most one rung above what was reached, and never above what is declared', () => {
    fc.assert(
      fc.property(input, (of) => {
        const { mode } = effective(of);
        expect(height(mode)).toBeLessThanOrEqual(height(rungAbove(of.ladderReached)));
        expect(height(mode)).toBeLessThanOrEqual(height(of.mode));
      }),
    );
  });

  it('is closed when killed, and gives a reason whenever it is not as declared', () => {
    fc.assert(
      fc.property(input, (of) => {
        const { mode, killed, open, reasons } = effective(of);
        if (killed) expect(open).toBe(false);
        const asDeclared = open && mode === of.mode;
        expect(reasons.includes('AsDeclared')).toBe(asDeclared);
        expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  const live: EffectiveInput = {
    mode: 'live',
    killSwitch: false,
    latched: false,
    ladderReached: 'live',
    deleting: false,
    status: 'own',
  };
  const killed = { killed: true, open: false };
  const shut = { killed: false, open: false };
  const open = { killed: false, open: true };
  it.each<[string, Partial<EffectiveInput>, Mode, object, EffectiveReason[]]>([
    ['nothing', {}, 'live', open, ['AsDeclared']],
    ['mode paper', { mode: 'paper' }, 'paper', open, ['AsDeclared']],
    ['the kill switch', { killSwitch: true }, 'live', killed, ['KillSwitch']],
    ['a latch', { latched: true }, 'paper', killed, ['RollbackLatched']],
    ['deletion', { deleting: true }, 'paper', killed, ['Deleting']],
    ['no status', { status: 'absent' }, 'paper', shut, ['StatusAbsent']],
    ['a foreign status', { status: 'foreign' }, 'paper', shut, ['ForeignStatus']],
    ['the ladder at paper', { ladderReached: 'paper' }, 'trickle', open, ['LadderHolding']],
    ['the ladder at trickle', { ladderReached: 'trickle' }, 'live', open, ['AsDeclared']],
    [
      'kill on the ladder',
      { killSwitch: true, ladderReached: 'paper' },
      'trickle',
      killed,
      ['KillSwitch', 'LadderHolding'],
    ],
    [
      'all at once',
      {
        deleting: true,
        latched: true,
        killSwitch: true,
        status: 'foreign',
        ladderReached: 'paper',
      },
      'paper',
      killed,
      ['Deleting', 'RollbackLatched', 'KillSwitch', 'ForeignStatus'],
    ],
  ])('of live under %s', (_, change, mode, state, reasons) => {
    expect(effective({ ...live, ...change })).toEqual({ mode, ...state, reasons });
  });
});

describe('effectiveOf', () => {
  it('is closed for an object as it was created', () => {
    expect(effectiveOf(anExecutor({ status: undefined }))).toEqual({
      ...{ mode: 'paper', killed: false, open: false, reasons: ['StatusAbsent'] },
    });
  });

  it('is closed under a status copied from another object, whatever it says', () => {
    const rollback = { uid: 'another', pending: [], latched: false };
    const copied = anExecutor({ mode: 'live', status: { rollback, ladder: { reached: 'live' } } });
    expect(effectiveOf(copied)).toMatchObject({ open: false, reasons: ['ForeignStatus'] });
  });

  it('starts one rung above paper when the ladder has not begun', () => {
    expect(effectiveOf(anExecutor({ mode: 'live' }))).toMatchObject({
      mode: 'trickle',
      open: true,
    });
  });

  it('never reads status.effective, which is for people', () => {
    const said = { mode: 'live', killSwitch: false, reason: 'AsDeclared' } as const;
    const rollback = { uid: 'uid-1', pending: [], latched: true };
    const object = anExecutor({ mode: 'live', status: { effective: said, rollback } });
    expect(effectiveOf(object)).toMatchObject({ mode: 'paper', killed: true, open: false });
  });

  it('is killed while the object is being deleted', () => {
    const object = anExecutor({ deletionTimestamp: '2026-11-23T00:00:00Z' });
    expect(effectiveOf(object)).toMatchObject({ killed: true, reasons: ['Deleting'] });
  });
});
