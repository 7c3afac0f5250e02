import { expect, it } from 'vitest';
import { KubeUnreachable } from '../../../crds/kube/call.ts';
import { followServiceMonitors } from '../../../operator/reconcile/service-monitors.ts';
import { ManualClock } from '../../support/manual-clock.ts';

it('ServiceMonitors are followed from when the API server knows them to when it does not any more', async () => {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const seen: string[] = [];
  let answer: object | undefined | Error;
  const known = { resources: [{ name: 'servicemonitors' }] };
  const cluster = {
    get: async <T>(path: string) => {
      expect(path).toBe('/apis/monitoring.coreos.com/v1');
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
  };
  const world = {
    startServiceMonitors: async () => void seen.push('started'),
    stopServiceMonitors: async () => void seen.push('stopped'),
  };
  const again = () => void seen.push('again');
  const running = followServiceMonitors({ world, cluster, clock, again }, stopping.signal);
  const after = async (what: object | undefined) => {
    answer = what;
    await clock.advance(30_000);
    return seen.splice(0);
  };
  expect(await after(undefined)).toEqual([]);
  expect(await after({ resources: [{ name: 'prometheusrules' }] })).toEqual([]);
  expect(await after(known)).toEqual(['started', 'again']);
  expect(await after(known)).toEqual([]);
  expect(await after(new KubeUnreachable('away'))).toEqual([]);
  expect(await after(undefined)).toEqual(['stopped']);
  expect(await after(known)).toEqual(['started', 'again']);
  stopping.abort();
  await running;
});
