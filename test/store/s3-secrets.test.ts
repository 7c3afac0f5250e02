import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PACK, recorded } from '../operator/evidence/a-rollback.ts';
import { openDesk, type S3Desk, SESSION } from './s3-desk.ts';
import { KEYS } from './s3-server.ts';

let desk: S3Desk;
beforeAll(async () => {
  desk = await openDesk('127.77.1.9');
  await desk.begin();
});
afterAll(async () => {
  await desk.end();
  await desk.close();
});

it('no key of the bucket is in a log, an incident, an answer or the evidence, whatever it repeats', async () => {
  const echo = (headers: Record<string, unknown>) =>
    `${KEYS.secretAccessKey} ${JSON.stringify(headers)}`.replaceAll('"', '&quot;');
  const said: string[] = [];
  for (const refusedPath of ['manifest.json', '/executor.log', '/README.md']) {
    desk.rig.proxy.fault = (asked, headers) =>
      asked.startsWith('PUT') && asked.endsWith(refusedPath)
        ? { status: 403, code: 'AccessDenied', message: echo(headers) }
        : undefined;
    const { cluster, logged: told, replica } = await desk.rolledBack();
    await recorded(cluster);
    await replica.stop();
    const objects = [...cluster.records.values(), ...cluster.executors.values()];
    said.push(told.join(''), JSON.stringify(objects), JSON.stringify([...cluster.events.values()]));
    said.push((await desk.get('')).body, (await desk.get(`/${PACK}`)).body);
  }
  desk.rig.proxy.fault = (_asked, headers) => ({
    status: 500,
    code: SESSION,
    message: echo(headers),
  });
  said.push((await desk.get('')).body);
  desk.rig.proxy.fault = () => undefined;
  const store = desk.rig.store({ prefix: '' });
  for (const { path } of await store.list(desk.prefix)) {
    const stored = await store.read(`${desk.prefix}/${path}`);
    said.push(path, stored === undefined ? '' : await text(stored.content));
  }
  const all = [...said, ...desk.logged].join('\n');
  expect(all).toContain('AccessDenied');
  expect(all).toContain('[redacted]');
  for (const secret of [...Object.values(KEYS), SESSION]) expect(all).not.toContain(secret);
});
