import { expect, it } from 'vitest';
import { query } from '../monitoring/install.ts';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { kubectl } from '../system/kubectl.ts';

it('scrapes itself, and what the chart’s ServiceMonitor selects in another namespace', async () => {
  const run = (args: readonly string[]) => kubectl(...args);
  const own = await query(run, 'up{namespace="monitoring", service="prometheus-operated"}');
  const ours = await query(run, `up{namespace="${SYSTEM_NAMESPACE}", service="${RELEASE}"}`);
  expect(own.map(({ value }) => value)).toEqual([1]);
  expect(ours.map(({ value }) => value)).toEqual([1, 1]); // two operators
});
