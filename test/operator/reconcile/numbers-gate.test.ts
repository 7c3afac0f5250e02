import { expect, it } from 'vitest';
import { numbersGate } from '../../../operator/reconcile/numbers-gate.ts';
import type { Observed } from '../../../operator/reconcile/observed.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { anExecutor } from '../rollback/builders.ts';

it('numbers are written at most once a minute, of each executor by itself', async () => {
  const clock = new ManualClock();
  const mayWrite = numbersGate(clock);
  const seen = (uid: string) => ({ executor: anExecutor({}, uid) }) as Observed;
  expect([mayWrite(seen('one')), mayWrite(seen('one')), mayWrite(seen('two'))]).toEqual([
    ...[true, false, true],
  ]);
  await clock.advance(59_999);
  expect(mayWrite(seen('one'))).toBe(false);
  await clock.advance(1);
  expect([mayWrite(seen('one')), mayWrite(seen('one'))]).toEqual([true, false]);
});
