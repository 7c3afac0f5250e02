import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { anExecutor, killed } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const planted = {
  publicKey: '99999999-aaaa-bbbb-cccc-dddddddddddd',
  privateKey: Buffer.from('planted-secret-that-must-never-leave').toString('base64'),
};

it('a planted secret is in no log, error, metric, answer or file of the executor', async () => {
  const object = anExecutor('live', { venue: { timeoutMs: 300 } });
  rig = await startExecutor({ object, credentials: planted, venue: { keys: [planted] } });
  const answers: unknown[] = [];
  answers.push(await rig.place(), await rig.place({ price: '1000001' }));
  for (const kind of ['invalid-nonce', 'gateway-timeout', 'hang', 'reset', 'rate-limit'] as const) {
    rig.venue.control.addFault({ route: '*', kind, times: 2 });
    answers.push(await rig.place(), await rig.call('GET', '/balances'));
  }
  answers.push(await rig.place({ price: planted.privateKey, [planted.publicKey]: 1 }));
  const current = rig.cluster.object;
  if (current !== undefined) rig.cluster.put(killed(current));
  await rig.until(({ gatedAt }) => gatedAt !== null);
  answers.push(await rig.control(), await rig.call('GET', '/orders'));
  const metrics = await rig.executor.metrics();
  if (current !== undefined) rig.cluster.put(current);
  await rig.executor.stop();
  // What a caller sends comes back to that caller; it is left out of the haystack.
  const sentBack = answers.splice(12, 1);
  expect(JSON.stringify(sentBack)).not.toContain('planted-secret');
  const data = join(rig.folder, 'data');
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const haystack = [JSON.stringify(answers), metrics, ...rig.logs, ...files].join('\n');
  expect(haystack.length).toBeGreaterThan(10_000);
  for (const needle of [planted.privateKey, planted.publicKey, 'planted-secret', 'X-Signature']) {
    expect(haystack).not.toContain(needle);
  }
  expect(rig.logs.join('\n')).not.toContain(rig.token);
});
