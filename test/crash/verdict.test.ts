import { describe, expect, it } from 'vitest';
import { faults, step, type World } from './verdict.ts';

const clean: World = {
  wanted: [
    { key: 'a', answers: ['lost', 201] },
    { key: 'b', answers: ['lost', 202] },
    { key: 'c', answers: ['lost', 503] },
  ],
  told: [
    { id: '1', key: 'a', state: 'working' },
    { id: '2', key: 'b', state: 'absent' },
  ],
  ledger: [{ clientId: '1' }],
};

describe('the verdict of a crash test', () => {
  it('is silent when journal, venue and clients agree', () => {
    expect(faults(clean)).toEqual([]);
  });

  it.each<[string, Partial<World>, RegExp]>([
    ['doubled at the venue', { ledger: [{ clientId: '1' }, { clientId: '1' }] }, /2 times/],
    ['sent before it was journalled', { ledger: [{ clientId: '1' }, { clientId: '9' }] }, /9/],
    [
      'placed twice under one key',
      { told: [...clean.told, { id: '3', key: 'a', state: 'dropped' }] },
      /key a made 2 orders/,
    ],
    ['acknowledged and lost', { ledger: [] }, /answered 201/],
    [
      'promised and forgotten',
      { wanted: [...clean.wanted, { key: 'z', answers: [202] }] },
      /z was answered 202/,
    ],
    [
      'unknown for ever',
      { told: [...clean.told, { id: '3', key: 'd', state: 'unknown' }] },
      /3 is still unknown/,
    ],
    [
      'given up on though the venue has it',
      { ledger: [{ clientId: '1' }, { clientId: '2' }] },
      /2 is absent, yet/,
    ],
  ])('names an order that is %s', (_name, change, message) => {
    expect(faults({ ...clean, ...change }).join('\n')).toMatch(message);
  });

  it('tells by their traces how far orders had come', () => {
    const none = { isJournalled: false, isAccepted: false, isPlaced: false, isAnswered: false };
    expect(step(none)).toBe('not in the journal');
    expect(step({ ...none, isJournalled: true })).toBe('in the journal, not at the venue');
    expect(step({ ...none, isJournalled: true, isAccepted: true })).toMatch(/^at the venue/);
    expect(step({ ...none, isPlaced: true })).toMatch(/^its answer in the journal/);
    expect(step({ ...none, isAnswered: true })).toBe('answered');
  });
});
