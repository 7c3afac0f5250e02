import { expect, it } from 'vitest';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import type { Settings } from '../../../operator/desired/child.ts';
import { statefulSet } from '../../../operator/desired/stateful-set.ts';
import { anExecutor } from '../../executor/an-executor.ts';

const settings = { executorImage: 'i', operatorServiceAccount: 'n/o' } as Settings;
const template = (executor: TradingExecutor): string =>
  JSON.stringify(
    (statefulSet(executor, settings, undefined).spec as { template: object }).template,
  );

it('a pod is not rolled for what it reads as it runs: how long orders are kept', () => {
  const of = (store: object) => template(anExecutor('paper', { store }));
  expect(of({ keepFor: '168h' })).toBe(of({}));
  expect(of({ type: 'postgres', secretRef: { name: 'a' } })).not.toBe(of({}));
});
