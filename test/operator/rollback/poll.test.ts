import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Rollback } from '../../../operator/rollback/rollback.ts';
import { anExecutor, payloadAlert, stamp } from './builders.ts';
import { aDesk, aReplica, type Desk } from './desk.ts';
import { FakeCluster } from './fake-cluster.ts';

/** An Alertmanager that lists what the test says, over real HTTP. */
let server: Server;
let listed: { status: number; body: unknown };
let asked: string[];
let watchdog: readonly unknown[];
let replica: Rollback | undefined;

beforeEach(async () => {
  listed = { status: 200, body: [] };
  asked = [];
  watchdog = [];
  server = createServer((request, response) => {
    if (request.url?.includes('watchdog')) {
      response.end(JSON.stringify(watchdog));
      return;
    }
    asked.push(request.url ?? '');
    response.writeHead(listed.status).end(JSON.stringify(listed.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await replica?.stop();
  replica = undefined;
  server.closeAllConnections();
  server.close();
});

const entry = (more: Record<string, unknown> = {}, state = 'active') => {
  const { status: _, ...alert } = payloadAlert(more);
  return { ...alert, receivers: [{ name: 'operator' }], status: { state, silencedBy: [] } };
};

/** A leader that polls, and one executor. */
async function aPollingDesk(rollback: object = {}): Promise<{ cluster: FakeCluster; desk: Desk }> {
  const cluster = new FakeCluster();
  const { port } = server.address() as AddressInfo;
  const desk = Object.assign(aDesk(cluster), { alertmanagerUrl: `http://127.0.0.1:${port}` });
  cluster.put({
    ...anExecutor(rollback),
    status: { rollback: { uid: 'uid-1', pending: [], latched: false } },
  });
  replica = aReplica(cluster, desk);
  await turn(1);
  return { cluster, desk };
}

/** Until Alertmanager was asked so many times and what it said was taken in. */
async function turn(times: number): Promise<void> {
  await vi.waitFor(() => expect(asked.length).toBeGreaterThanOrEqual(times));
  await new Promise((resolve) => setTimeout(resolve, 50));
}

const pendingOf = (cluster: FakeCluster) => cluster.btc.status?.rollback?.pending;

describe('the poll of Alertmanager', () => {
  it('recovers an alert whose webhook was lost, with its own start', async () => {
    listed = { status: 200, body: [entry({ startsAt: '2026-11-23T02:58:00Z' })] };
    const { cluster } = await aPollingDesk();
    expect(pendingOf(cluster)).toMatchObject([{ fingerprint: 'f1', since: stamp('02:58:00') }]);
    expect(decodeURIComponent(asked[0] ?? '')).toBe('/api/v2/alerts?filter=executor=~".+"');
  });

  it('writes nothing when it hears the same again', async () => {
    listed = { status: 200, body: [entry()] };
    const { cluster, desk } = await aPollingDesk();
    const writes = cluster.writes.length;
    await desk.clock.advance(20_000);
    await turn(2);
    expect(cluster.writes).toHaveLength(writes);
  });

  it.each([
    ['counts', {}, 1],
    ['does not count when the spec honours silences', { honourSilences: true }, 0],
  ])('a silenced alert %s', async (_, rollback, count) => {
    listed = { status: 200, body: [entry({}, 'suppressed')] };
    const { cluster } = await aPollingDesk(rollback);
    expect(pendingOf(cluster)).toHaveLength(count);
  });

  it('takes an alert for over only once it is missing for longer than a restart takes', async () => {
    listed = { status: 200, body: [entry()] };
    const { cluster, desk } = await aPollingDesk();
    listed = { status: 200, body: [] };
    for (const asks of [2, 3, 4]) {
      await desk.clock.advance(20_000);
      await turn(asks);
      expect(pendingOf(cluster)?.[0]).not.toHaveProperty('inconclusive');
    }
    await desk.clock.advance(20_000);
    await turn(5);
    expect(pendingOf(cluster)).toMatchObject([{ inconclusive: true }]); // no orders prove it
  });

  it('says when Alertmanager cannot be asked, and when it can again', async () => {
    listed = { status: 503, body: 'starting' };
    const { desk } = await aPollingDesk();
    for (const asks of [2, 3, 4]) {
      await desk.clock.advance(20_000);
      await turn(asks);
    }
    expect(desk.health.verdict()).toMatchObject({
      status: 'False',
      reason: 'AlertmanagerUnreachable',
    });
    listed = { status: 200, body: [] };
    await desk.clock.advance(20_000);
    await turn(5);
    expect(desk.health.verdict()).toMatchObject({ status: 'True' });
  });

  it('says when Alertmanager no longer hears of the watchdog, and starts no clock for that', async () => {
    watchdog = [
      entry({ labels: { alertname: 'TradingWatchdog', spark_trading_watchdog: 'true' } }),
    ];
    const { cluster, desk } = await aPollingDesk();
    const said = () => desk.health.verdict().reason;
    expect(said()).toBe('Receiving');
    watchdog = [];
    for (let asks = 2; asks <= 8; asks++) {
      expect(said()).toBe('Receiving');
      await desk.clock.advance(20_000);
      await turn(asks);
    }
    await desk.clock.advance(20_000);
    await turn(9);
    expect(said()).toBe('WatchdogMissing');
    expect(pendingOf(cluster)).toEqual([]);
    expect(cluster.btc.status?.rollback?.latched).toBe(false);
  });

  it.each([
    ['an error page', '<html>'],
    ['another API', { alerts: [] }],
  ])('takes %s for no answer, not for an empty list', async (_, body) => {
    listed = { status: 200, body: [entry()] };
    const { cluster, desk } = await aPollingDesk();
    listed = { status: 200, body };
    for (let asks = 2; asks <= 7; asks++) {
      await desk.clock.advance(20_000);
      await turn(asks);
    }
    expect(pendingOf(cluster)?.[0]).not.toHaveProperty('inconclusive');
  });

  it('asks at once when a replica begins to lead', async () => {
    const { desk } = await aPollingDesk();
    const before = desk.clock.elapsed();
    replica?.lead();
    await turn(2);
    expect(desk.clock.elapsed()).toBe(before);
  });
});
