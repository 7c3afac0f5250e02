import { describe, expect, it } from 'vitest';
import { PENDING_MAX } from '../../../crds/status.ts';
import { restarted, withFiring, withResolved } from '../../../operator/rollback/pending.ts';
import { anAlert, clockTime, pendingSince, stamp } from './builders.ts';

const now = clockTime('03:00:00');

describe('the durable clock', () => {
  it.each([
    ['is earlier', '02:58:00', 'earlier', '02:58:00'],
    ['is the same', '02:59:00', 'unchanged', '02:59:00'],
    ['is later', '02:59:30', 'unchanged', '02:59:00'],
    ['lies in the future', '03:00:01', 'unchanged', '02:59:00'],
  ])('on record since 02:59:00, told a start that %s', (_, start, outcome, since) => {
    const noted = withFiring([pendingSince('02:59:00')], anAlert({ start }), { now });
    expect(noted.outcome).toBe(outcome);
    expect(noted.pending[0]?.since).toBe(stamp(since));
  });

  it.each([
    ['a start in the future', clockTime('03:00:01'), true, '03:00:00'],
    ['Go’s zero time', Date.parse('0001-01-01T00:00:00Z'), true, '03:00:00'],
    ['a start of just now', clockTime('03:00:00'), false, '03:00:00'],
    ['a start long ago', clockTime('01:00:00'), false, '01:00:00'],
  ])('begins with %s', (_, startsAt, implausibleStart, since) => {
    const alert = anAlert({ startsAt: startsAt as typeof now });
    const noted = withFiring([], alert, { now });
    expect(noted).toMatchObject({ outcome: 'recorded', implausibleStart });
    expect(noted.pending[0]?.since).toBe(stamp(since));
  });

  it('is not changed at all by a repeat, so a repeat is not written', () => {
    const pending = [pendingSince('02:59:00')];
    expect(withFiring(pending, anAlert(), { now: clockTime('03:30:00') }).pending).toBe(pending);
  });

  it('never starts before the last acknowledgement', () => {
    const bounds = { now, acknowledgedAt: clockTime('02:59:50') };
    const fresh = withFiring([], anAlert({ start: '02:40:00' }), bounds);
    expect(fresh.pending[0]?.since).toBe(stamp('02:59:50'));
    const again = withFiring(fresh.pending, anAlert({ start: '02:40:00' }), bounds);
    expect(again.outcome).toBe('unchanged');
  });

  it('keeps the earliest when it is full', () => {
    const many = Array.from({ length: PENDING_MAX }, (_, i) =>
      pendingSince('02:50:00', { fingerprint: `old-${i}` }),
    );
    const later = withFiring(many, anAlert({ start: '02:59:00' }), { now });
    expect(later.outcome).toBe('full');
    expect(later.pending).toBe(many); // so that nothing is written
    const earlier = withFiring(many, anAlert({ start: '02:40:00' }), { now });
    expect(earlier.pending).toHaveLength(PENDING_MAX);
    expect(earlier.pending[0]?.fingerprint).toBe('f1');
  });

  it('runs on through a resolve without proof, and loses that mark when it fires again', () => {
    const over = withResolved([pendingSince('02:59:00')], 'f1', 'inconclusive', now);
    expect(over).toMatchObject([{ since: stamp('02:59:00'), inconclusive: true }]);
    expect(withResolved(over, 'f1', 'inconclusive', now)).toBe(over);
    const again = withFiring(over, anAlert({ start: '02:59:40' }), { now });
    expect(again.outcome).toBe('again');
    expect(again.pending[0]).not.toHaveProperty('inconclusive');
    expect(again.pending[0]?.since).toBe(stamp('02:59:00'));
  });

  it('ends with a proven resolve', () => {
    expect(withResolved([pendingSince('02:59:00')], 'f1', 'cleared', now)).toEqual([]);
  });

  it('starts anew at an acknowledgement for what still fires, and forgets what was over', () => {
    const pending = [
      pendingSince('02:40:00'),
      pendingSince('02:41:00', { fingerprint: 'over', inconclusive: true }),
    ];
    expect(restarted(pending, now)).toEqual([pendingSince('03:00:00')]);
  });
});
