import { describe, expect, it } from 'vitest';
import type { Mode } from '../../../crds/trading-executor.ts';
import { acknowledgement, decide, kill } from '../../../operator/console/act/decide.ts';
import { anIncident, stamp } from '../rollback/builders.ts';
import { executorBut } from './an-executor.ts';

const step = (action: 'stepUp' | 'stepDown', mode: Mode) =>
  decide(action, executorBut({ spec: { mode } }));

describe('an action', () => {
  it('kill writes one field, and is held to nothing unless the person says what they saw', () => {
    expect(kill(undefined).body).toEqual({ spec: { killSwitch: true } });
    expect(kill('u').body).toEqual({ metadata: { uid: 'u' }, spec: { killSwitch: true } });
  });

  it.each([
    ['stepDown', 'live', 'trickle'],
    ['stepDown', 'trickle', 'paper'],
    ['stepUp', 'paper', 'trickle'],
    ['stepUp', 'trickle', 'live'],
  ] as const)('%s from %s goes to %s, and only from there', (action, from, to) => {
    const decided = step(action, from);
    expect(decided.kind === 'patch' && decided.patch.body).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'uid-1' },
      { op: 'test', path: '/spec/mode', value: from },
      { op: 'replace', path: '/spec/mode', value: to },
    ]);
  });

  it.each([
    ['stepDown', 'paper'],
    ['stepUp', 'live'],
  ] as const)('%s from %s has nowhere to go', (action, from) => {
    expect(step(action, from)).toEqual({ kind: 'refused', why: `its mode is ${from} already` });
  });
});

describe('an acknowledgement', () => {
  const rollback = { uid: 'uid-1', pending: [], latched: true, incident: 'btc-1' };
  const latched = executorBut({ status: { rollback } });

  it('names the incident and who it is', () => {
    const decided = acknowledgement(latched, anIncident('btc-1'), 'anna');
    expect(decided.kind === 'patch' && decided.patch.body).toEqual({
      metadata: {
        uid: 'uid-1',
        annotations: {
          'spark.trading/acknowledge-rollback': 'btc-1',
          'spark.trading/acknowledged-by': 'anna',
        },
      },
    });
  });

  it.each([
    ['another holds it', latched, anIncident('btc-2'), 'incident btc-1 does'],
    ['nothing holds it', executorBut(), anIncident('btc-1'), 'nothing does'],
    [
      'somebody was faster',
      latched,
      anIncident('btc-1', { status: { acknowledged: { by: 'bob', at: stamp('03:00:00') } } }),
      'bob has acknowledged it already',
    ],
  ])('is refused when %s', (_, object, incident, why) => {
    const decided = acknowledgement(object, incident, 'anna');
    expect(decided.kind === 'refused' && decided.why).toContain(why);
  });
});
