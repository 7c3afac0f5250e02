import { describe, expect, it } from 'vitest';
import {
  asked,
  loosens,
  missing,
  rungFrom,
  type Target,
} from '../../../../operator/console/page/act/actions.ts';

const executor: Target = {
  ...{ kind: 'executor', namespace: 'desk-a', name: 'btc-maker', uid: 'uid-1' },
  ...{ mode: 'trickle', incident: null },
};
const namespace: Target = { kind: 'namespace', namespace: 'desk-a', executors: 23 };
const incident: Target = {
  ...{ kind: 'incident', namespace: 'desk-a', name: 'btc-maker-20261125', executor: 'btc-maker' },
};

describe('an action', () => {
  it('names its target and where it leads', () => {
    const titles = (['kill', 'unkill', 'stepUp', 'stepDown'] as const).map(
      (act) => asked(act, executor)?.title,
    );
    expect(titles).toEqual([
      'Kill btc-maker',
      'Unkill btc-maker',
      'Step btc-maker up to live',
      'Step btc-maker down to paper',
    ]);
    expect(asked('kill', namespace)).toMatchObject({ title: 'Kill all in desk-a' });
    expect(asked('kill', namespace)?.effects[0]).toMatch(
      /All 23 executors.*not only those that the filter shows/,
    );
    expect(asked('acknowledge', incident)?.title).toBe('Acknowledge btc-maker-20261125');
  });

  it('does not exist where it means nothing', () => {
    expect(asked('unkill', namespace)).toBeUndefined();
    expect(asked('kill', incident)).toBeUndefined();
    expect(asked('acknowledge', executor)).toBeUndefined();
    expect(asked('stepUp', { ...executor, mode: 'live' })).toBeUndefined();
    expect([rungFrom('paper', 'stepDown'), rungFrom('live', 'stepDown')]).toEqual([
      null,
      'trickle',
    ]);
  });

  it('says that a latch stays when something is loosened under it', () => {
    const latched = { ...executor, incident: 'btc-maker-1' };
    for (const act of ['unkill', 'stepUp'] as const) {
      expect(asked(act, latched)?.effects.join(' ')).toContain(
        'Incident btc-maker-1 still holds it',
      );
    }
  });

  it('asks for the name to be typed when it loosens, never when it tightens', () => {
    expect((['unkill', 'stepUp', 'acknowledge'] as const).every(loosens)).toBe(true);
    expect((['kill', 'stepDown'] as const).some(loosens)).toBe(false);
    expect(missing('kill', executor, 'wrong orders', '')).toBeNull();
    expect(missing('unkill', executor, 'all is well', 'BTC-maker')).toMatch(/Type btc-maker/);
    expect(missing('unkill', executor, 'all is well', 'btc-maker')).toBeNull();
    expect(missing('acknowledge', incident, 'venue is back', 'btc-maker')).toMatch(
      /Type btc-maker-20261125/,
    );
  });

  it('asks why in 3 to 256 characters before it loosens, and never before it tightens', () => {
    const unkill = (why: string) => missing('unkill', executor, why, 'btc-maker');
    expect(unkill(' ab ')).toMatch(/at least 3/);
    expect(unkill('x'.repeat(257))).toMatch(/at most 256.*257/);
    expect(unkill('x'.repeat(256))).toBeNull();
    for (const why of ['', 'ab', 'x'.repeat(257)]) {
      expect(missing('kill', executor, why, '')).toBeNull();
      expect(missing('stepDown', executor, why, '')).toBeNull();
    }
  });
});
