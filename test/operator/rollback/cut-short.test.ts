import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { operatorServer } from '../../../operator/http/server.ts';
import { anExecutor, payload, payloadAlert, stamp } from './builders.ts';
import { aDesk, aReplica, silent } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';

/** A leader that has polled once, while nothing fired; from then on one alert fires. */
async function afterItsFirstPoll() {
  const folder = await mkdtemp(join(tmpdir(), 'cut-short-'));
  const webhookTokenFile = join(folder, 'token');
  await writeFile(webhookTokenFile, 'the-token');
  let fires = false;
  let polls = 0;
  const { status: _, ...firing } = payloadAlert();
  const listed = { ...firing, status: { state: 'active' } };
  const alertmanager = createServer((request, response) => {
    if (!request.url?.includes('watchdog')) polls++;
    response.end(JSON.stringify(fires ? [listed] : []));
  }).listen(0, '127.0.0.1');
  await once(alertmanager, 'listening');
  const alertmanagerUrl = `http://127.0.0.1:${(alertmanager.address() as AddressInfo).port}`;
  const cluster = new FakeCluster();
  cluster.put(anExecutor());
  const replica = aReplica(cluster, { ...aDesk(cluster), webhookTokenFile, alertmanagerUrl });
  const { app } = operatorServer(undefined, silent);
  replica.intake(app);
  onTestFinished(async () => {
    await Promise.all([app.close(), replica.stop(), rm(folder, { recursive: true })]);
    alertmanager.closeAllConnections();
    alertmanager.close();
  });
  await vi.waitFor(() => expect(polls).toBe(1));
  fires = true;
  const post = (body: object) =>
    app.inject({
      ...{ method: 'POST', url: '/alertmanager', payload: body },
      headers: { authorization: 'Bearer the-token' },
    });
  return { cluster, post };
}

it.each([
  ['says that alerts were left out', { ...payload([]), truncatedAlerts: 3 }, 200],
  ['is larger than is read', { ...payload([]), more: 'x'.repeat(8 * 1024 * 1024) }, 413],
])('a delivery that %s: Alertmanager is asked at once', async (_, body, status) => {
  const { cluster, post } = await afterItsFirstPoll();
  expect((await post(body)).statusCode).toBe(status);
  const since = stamp('02:59:00.123');
  await vi.waitFor(() => expect(cluster.btc.status?.rollback?.pending).toMatchObject([{ since }])); // no clock has moved
});
