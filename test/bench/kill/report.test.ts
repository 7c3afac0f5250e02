import { describe, expect, it } from 'vitest';
import { report, rowsOf, verdict } from './report.ts';
import { Collected, rotated } from './rounds.ts';
import type { SizeResult } from './terms.ts';

/** Two rounds of ten, each gate `ms` after the kill was sent, which was answered after 4. */
function killed(ms: { readonly ours: number; readonly floor: number }, size = 10): SizeResult {
  const collected = new Collected();
  for (const [name, took] of Object.entries(ms)) {
    const reading = { sentAt: 1_000, answeredAt: 1_004, gatedAt: 1_000 + took };
    for (let round = 0; round < 2; round += 1) collected.add(name, Array(size).fill(reading));
  }
  return { size, measured: collected.measured() };
}

const judged = (ours: number, floor: number) => verdict(rowsOf(killed({ ours, floor })));

describe('the goal of the kill', () => {
  it('is met at 50 ms and twice the floor, and missed above either', () => {
    expect(judged(50, 25)).toEqual({
      ...{ size: 10, p99Ms: 50, p99FromAnswerMs: 46, timesFloor: 2, isMet: true },
    });
    expect(judged(51, 50)?.isMet).toBe(false);
    expect(judged(21, 10)?.isMet).toBe(false);
  });

  it('is judged at ten executors or not at all', () => {
    expect(verdict(rowsOf(killed({ ours: 5, floor: 5 }, 50)))).toBeUndefined();
  });
});

describe('the table of the kill', () => {
  it('counts from the first byte and from the answer, with the ratio to the floor of its size', () => {
    const text = report(rowsOf(killed({ ours: 6, floor: 4 })));
    const ours = text.split('\n').find((line) => line.trim().startsWith('ours'));
    expect(ours?.trim().split(/\s{2,}/)).toEqual([
      ...['ours', '10', '2', '6.00', '6.00', '6.00', '1.50', '2.00', '2.00', '6.00'],
      '6.00 … 6.00',
    ]);
  });
});

describe('the turns', () => {
  it('begin with another one each round', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round)[0])).toEqual([
      ...['a', 'b', 'c', 'a'],
    ]);
  });
});
