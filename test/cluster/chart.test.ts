import { expect, it } from 'vitest';
import { RELEASE, SYSTEM_NAMESPACE } from '../system/install.ts';
import { helm, kubectl } from '../system/kubectl.ts';

it('helm test makes, kills and removes an executor of its own, and leaves no right behind', async () => {
  const said = await helm('test', RELEASE, '-n', SYSTEM_NAMESPACE, '--logs', '--timeout', '5m');
  expect(said).toContain('gate open');
  expect(said).toContain('confirmed, gate shut');
  expect(said).toContain('all is well');
  const kinds =
    'tradingexecutors,persistentvolumeclaims,statefulsets,roles,rolebindings,serviceaccounts';
  const left = await kubectl('get', kinds, '-n', SYSTEM_NAMESPACE, '-o', 'name');
  expect(left.split('\n').filter((name) => name.includes('test'))).toEqual([]);
}, 400_000);
