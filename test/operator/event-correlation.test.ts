import { describe, expect, it } from 'vitest';
import { EventCorrelation, type Said } from '../../operator/event-correlation.ts';

const MINUTE_MS = 60_000;

function correlating() {
  const correlation = new EventCorrelation();
  let now = 0;
  return {
    pass(ms: number) {
      now += ms;
    },
    tell: (said: Partial<Said> = {}) =>
      correlation.tell(
        { uid: 'uid-1', type: 'Warning', reason: 'Refused', message: 'no', ...said },
        now,
        `at ${now}`,
      ),
  };
}

describe('event correlation', () => {
  it('counts the same words on one Event', () => {
    const { tell, pass } = correlating();
    const first = tell();
    pass(MINUTE_MS);
    const again = tell();
    expect(again).toEqual({ ...first, count: 2, first: 'at 0' });
  });

  it.each<Partial<Said>>([
    { uid: 'uid-2' },
    { type: 'Normal' },
    { reason: 'Other' },
    { message: 'never' },
  ])('gives %o an Event of its own', (other) => {
    const { tell } = correlating();
    const first = tell();
    expect(tell(other)).toMatchObject({ count: 1 });
    expect(tell(other)?.id).not.toBe(first?.id);
  });

  it('combines the eleventh message of one kind within ten minutes, and all that follow', () => {
    const { tell } = correlating();
    const ids = new Set(Array.from({ length: 10 }, (_, i) => tell({ message: `m${i}` })?.id));
    expect(ids.size).toBe(10);
    const eleventh = tell({ message: 'm10' });
    expect(eleventh).toMatchObject({ count: 1, message: '(combined from similar events): m10' });
    const twelfth = tell({ message: 'm11' });
    expect(twelfth).toMatchObject({ id: eleventh?.id, count: 2 });
    expect(tell({ message: 'm3' })).toMatchObject({ count: 2, message: 'm3' });
    expect(tell({ reason: 'Other', message: 'm11' })?.message).toBe('m11');
  });

  it('tells messages apart again after ten quiet minutes', () => {
    const { tell, pass } = correlating();
    for (let i = 0; i < 12; i++) tell({ message: `m${i}` });
    pass(10 * MINUTE_MS + 1);
    expect(tell({ message: 'late' })?.message).toBe('late');
  });

  it('lets an object tell 25 times at once, then every five minutes, and others as ever', () => {
    const { tell, pass } = correlating();
    const told = Array.from({ length: 40 }, () => tell()).filter((one) => one !== undefined);
    expect(told).toHaveLength(25);
    expect(tell({ uid: 'uid-2' })).toBeDefined();
    pass(5 * MINUTE_MS);
    expect([tell()?.count, tell()?.count]).toEqual([26, undefined]);
  });

  it('remembers no more than 4,096, and forgets the longest silent first', () => {
    const { tell } = correlating();
    tell({ uid: 'silent' });
    tell({ uid: 'lively' });
    for (let i = 0; i < 4_094; i++) tell({ uid: `other-${i}` });
    tell({ uid: 'lively' });
    for (const uid of ['one more', 'and another']) tell({ uid });
    expect(tell({ uid: 'lively' })?.count).toBe(3);
    expect(tell({ uid: 'silent' })?.count).toBe(1);
  });
});
