import { describe, expect, it } from 'vitest';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import { type Circumstances, decision } from '../../../operator/rollback/decision.ts';
import { recovery } from '../../../operator/rollback/recovery.ts';
import { aReport, clockTime, pendingSince, stamp } from './builders.ts';

const persistFor = (persistForMs: number, enabled = true) => ({ enabled, persistForMs });
const firing = (time: string, more = {}) => ({
  latched: false,
  pending: [pendingSince(time, more)],
});
const decide = (more: Partial<Circumstances> & Pick<Circumstances, 'rollback' | 'now'>) =>
  decision({ policy: persistFor(60_000), ...more });

describe('rollback decision', () => {
  it.each([
    ['03:00:59', 'wait'],
    ['03:00:59.999', 'wait'],
    ['03:01:00', 'act'],
    ['03:07:00', 'act'], // the operator was away: late is better than never
  ])('for an alert since 03:00:00 that must last 60 s, at %s: %s', (now, kind) => {
    expect(decide({ rollback: firing('03:00:00'), now: clockTime(now) }).kind).toBe(kind);
  });

  it('waits exactly until since + persistFor', () => {
    const waiting = decide({ rollback: firing('03:00:00'), now: clockTime('03:00:10') });
    expect(waiting).toMatchObject({ kind: 'wait', until: clockTime('03:01:00') });
  });

  it('counts from the earliest of several alerts, and names it', () => {
    const pending = [
      pendingSince('03:00:30', { fingerprint: 'late', alertname: 'Late' }),
      pendingSince('03:00:00', { fingerprint: 'early', alertname: 'Early' }),
    ];
    const acting = decide({ rollback: { latched: false, pending }, now: clockTime('03:01:00') });
    expect(acting).toMatchObject({ kind: 'act', alert: { alertname: 'Early' } });
    expect(acting.reason).toBe(`Early has lasted 1 min since ${stamp('03:00:00')}`);
  });

  it.each([
    ['03:05:59', 'wait'], // the rule's window still holds the orders from before
    ['03:06:00', 'act'],
  ])('for an alert that fired through the acknowledgement at 03:00:00, at %s: %s', (now, kind) => {
    const acknowledgedAt = clockTime('03:00:00');
    const rollback = firing('03:00:00');
    expect(decide({ rollback, now: clockTime(now), acknowledgedAt }).kind).toBe(kind);
    const anew = firing('03:00:01'); // fired again afterwards: spec.rollback.persistFor as it is
    expect(decide({ rollback: anew, now: clockTime('03:01:01'), acknowledgedAt }).kind).toBe('act');
  });

  it('does nothing when rollback is disabled, and says so', () => {
    const policy = persistFor(60_000, false);
    const idle = decide({ rollback: firing('03:00:00'), now: clockTime('04:00:00'), policy });
    expect(idle.kind).toBe('nothing');
    expect(idle.reason).toContain('spec.rollback.enabled is false');
  });

  it('does nothing more once latched', () => {
    const rollback = { ...firing('03:00:00'), latched: true, incident: 'btc-1' };
    const idle = decide({ rollback, now: clockTime('04:00:00') });
    expect(idle).toEqual({ kind: 'nothing', reason: 'already rolled back by incident btc-1' });
  });

  it('does nothing without an alert', () => {
    const idle = decide({ rollback: { latched: false, pending: [] }, now: clockTime('04:00:00') });
    expect(idle.kind).toBe('nothing');
  });

  it('acts on an alert that was resolved without proof, and says that', () => {
    const rollback = firing('03:00:00', { inconclusive: true });
    const now = clockTime('03:01:00');
    const acting = decide({ rollback, now, recovery: recovery([aReport({ orders: 3 })], cardSlo) });
    expect(acting.kind).toBe('act');
    expect(acting.reason).toContain('without proof: 0 of 3 non-paper orders');
  });

  it('looks for proof every 30 s while there is none', () => {
    const rollback = firing('03:00:00', { inconclusive: true });
    const looking = decide({
      rollback,
      now: clockTime('03:00:10'),
      recovery: recovery([], cardSlo),
    });
    expect(looking).toMatchObject({ kind: 'wait', until: clockTime('03:00:40') });
  });

  it('clears what was resolved once the orders prove it, and nothing that still fires', () => {
    const pending = [
      pendingSince('03:00:00', { fingerprint: 'over', inconclusive: true }),
      pendingSince('03:00:05', { fingerprint: 'firing' }),
    ];
    const good = recovery([aReport({ orders: 20, acked: 20, within1s: 20 })], cardSlo);
    const now = clockTime('03:02:00');
    const cleared = decide({ rollback: { latched: false, pending }, now, recovery: good });
    expect(cleared).toMatchObject({ kind: 'clear', fingerprints: ['over'] });
    const rest = { latched: false, pending: pending.slice(1) };
    expect(decide({ rollback: rest, now, recovery: good }).kind).toBe('act');
  });
});

describe('recovery', () => {
  it.each([
    [19, 19, false], // too few to say anything
    [20, 19, true],
    [20, 18, false],
    [100, 95, true],
    [100, 94, false],
    [0, 0, false],
  ])('of %i orders %i within 1 s: recovered is %s', (orders, within1s, recovered) => {
    expect(recovery([aReport({ orders, acked: orders, within1s })], cardSlo).recovered).toBe(
      recovered,
    );
  });

  it('adds the pods up', () => {
    const half = aReport({ orders: 10, acked: 10, within1s: 10 });
    expect(recovery([half, half], cardSlo).recovered).toBe(true);
  });

  it('does not take an hour’s orders for those of five minutes', () => {
    const hour = aReport({ windowMs: 3_600_000, orders: 500, acked: 500, within1s: 500 });
    expect(recovery([hour], cardSlo).recovered).toBe(false);
  });

  it('is not proven by executors that cannot be asked', () => {
    expect(recovery([], cardSlo)).toEqual({ recovered: false, why: 'no executor could be asked' });
  });
});
