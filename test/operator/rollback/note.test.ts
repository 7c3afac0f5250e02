import { describe, expect, it } from 'vitest';
import { cardSlo } from '../../../alerts/rules/slo.ts';
import { needsProof, noted } from '../../../operator/rollback/note.ts';
import { recovery } from '../../../operator/rollback/recovery.ts';
import { anAlert, aReport, clockTime, liveSpec, pendingSince, stamp } from './builders.ts';

const by = { policy: liveSpec().rollback, now: clockTime('03:00:00') };
const clear = { uid: 'uid-1', pending: [], latched: false };
const counting = { ...clear, pending: [pendingSince('02:59:00')] };
const held = { ...counting, latched: true, incident: 'btc-1' };
const over = anAlert({ status: 'resolved' });
const proof = recovery([aReport({ orders: 40, acked: 40, within1s: 40 })], cardSlo);

describe('alerts noted in status.rollback', () => {
  it('start a clock', () => {
    const { rollback, outcomes } = noted(clear, [anAlert()], by);
    expect(outcomes).toEqual(['recorded']);
    expect(rollback.pending).toMatchObject([{ fingerprint: 'f1', since: stamp('02:59:00') }]);
  });

  it('that do not match start none', () => {
    const warning = anAlert({ labels: { namespace: 'desk', executor: 'btc' } });
    const after = noted(clear, [warning], by);
    expect([after.outcomes, after.changed]).toEqual([['not-matched'], false]);
  });

  it.each([
    ['without proof', counting, {}, 'inconclusive'],
    [
      'with bad orders',
      counting,
      { recovery: recovery([aReport({ orders: 40 })], cardSlo) },
      'inconclusive',
    ],
    ['with good orders', counting, { recovery: proof }, 'cleared'],
    ['while latched: no order can leave to prove it', held, {}, 'cleared'],
    ['after a person looked', counting, { acknowledgedAt: clockTime('02:59:00') }, 'cleared'],
    [
      'of a firing younger than the look',
      counting,
      { acknowledgedAt: clockTime('02:58:59') },
      'inconclusive',
    ],
    ['of an alert never heard of', clear, {}, 'unchanged'],
  ])('resolved %s', (_, before, more, outcome) => {
    expect(noted(before, [over], { ...by, ...more }).outcomes).toEqual([outcome]);
  });

  it('never touch the latch', () => {
    const { rollback } = noted(held, [over, anAlert({ fingerprint: 'f2' })], by);
    expect(rollback).toMatchObject({ latched: true, incident: 'btc-1' });
  });

  it('that are silenced count, unless the spec honours silences', () => {
    const muted = anAlert({ muted: true });
    expect(noted(clear, [muted], by).outcomes).toEqual(['recorded']);
    const policy = { ...by.policy, honourSilences: true };
    const after = noted(counting, [muted], { ...by, policy });
    expect([after.outcomes, after.rollback.pending]).toEqual([['silenced'], []]);
  });

  it('ask for proof only when a clock would stop by it', () => {
    expect(needsProof(counting, [over])).toBe(true);
    expect(needsProof(counting, [anAlert()])).toBe(false);
    expect(needsProof(clear, [over])).toBe(false);
    expect(needsProof(held, [over])).toBe(false);
  });
});
