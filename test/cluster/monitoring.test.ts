import { expect, it } from 'vitest';
import { query } from '../monitoring/install.ts';
import { kubectl } from '../system/kubectl.ts';

it('scrapes what a ServiceMonitor of another namespace selects, within seconds', async () => {
  const run = (args: readonly string[], input?: string) =>
    input === undefined ? kubectl(...args) : Promise.reject(new Error('not needed here'));
  const up = await query(run, 'up{namespace="monitoring", service="prometheus-operated"}');
  expect(up.map(({ value }) => value)).toEqual([1]);
});
