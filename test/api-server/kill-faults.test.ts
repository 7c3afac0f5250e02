import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../crds/kube/paths.ts';
import { credentialLeaseName, RELEASED_BY_ANNOTATION } from '../../crds/names.ts';
import { NAMESPACE } from '../executor/an-executor.ts';
import { SenderProcess } from '../executor/sender.ts';
import { type FaultyNetwork, startNetwork } from '../store/network.ts';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { declareExecutor, openNamespace, post, turnKillSwitch } from './declare.ts';
import { installCrds } from './installed-crds.ts';

const LOSS_GRACE_MS = 3_000;
/** Of a loaded machine, on top of what the executor promises. */
const SLACK_MS = 1_000;

let server: ApiServer;
let venue: Btcturk;
let network: FaultyNetwork;
let caller: string;
let sender: SenderProcess;

// There is no operator in this file: whatever closes a gate here, the executor does it alone.
beforeAll(async () => {
  venue = await startBtcturk({ settings: { limiter: false } });
  server = await startApiServer({ controllers: false });
  network = await startNetwork(server.origin);
  await installCrds(server);
  caller = await openNamespace(server);
});
afterEach(() => sender.stop());
afterAll(async () => {
  await network?.close();
  await server?.stop();
  await venue?.stop();
});

/** An executor that trades, with its way to the API server through the network. */
async function trading(name: string): Promise<void> {
  const metadata = {
    name: credentialLeaseName(name),
    annotations: { [RELEASED_BY_ANNOTATION]: 'nobody-yet' },
  };
  const resource = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases' };
  const leases = resourcePath({ ...resource, namespace: NAMESPACE });
  await post(server, leases, { metadata, spec: { holderIdentity: '' } });
  const token = await declareExecutor(server, {
    ...{ name, mode: 'live', secret: name },
    spec: { venue: { baseUrl: venue.url }, control: { lossGrace: `${LOSS_GRACE_MS}ms` } },
  });
  const api = { origin: network.through(server.origin).replace(/\/$/, ''), token };
  sender = await SenderProcess.start({
    name,
    secret: name,
    caller,
    api: { ...api, ca: server.caPem },
  });
  await sender.until('it trades', ({ gate }) => gate === 'open', 30_000);
  await expect.poll(async () => (await sender.place()).status, { timeout: 20_000 }).toBe(201);
}

const arrivals = (name: string): readonly number[] =>
  venue
    .ledger()
    .orders.filter(({ clientId }) => clientId.startsWith(`${name}-`))
    .map(({ arrivedAt }) => arrivedAt ?? 0);

/** Under the cap of orders a minute, so that nothing else refuses. */
const PACE_MS = 100;

/** Places until the gate is shut; resolves with what the last one was told. */
async function placeUntilRefused(withinMs: number): Promise<number> {
  const end = performance.now() + withinMs;
  for (;;) {
    const { status } = await sender.place();
    if (status === 403 || status === 503) return status;
    await sleep(PACE_MS);
    if (performance.now() > end) throw new Error(`still sending after ${withinMs} ms: ${status}`);
  }
}

describe('a kill without an operator', () => {
  it('shuts the gate by the watch, cancels and is flat', async () => {
    await trading('alone');
    const { metadata } = await turnKillSwitch(server, 'alone', true);
    const acceptedAt = Date.now();
    await sender.until('it is flat', ({ flatAt }) => flatAt !== null);
    const { gatedAt, resourceVersion } = await sender.control();
    expect(resourceVersion).toBe(metadata.resourceVersion);
    expect((await sender.place()).status).toBe(403);
    expect(Math.max(...arrivals('alone'))).toBeLessThan(Date.parse(gatedAt ?? '') + SLACK_MS);
    expect(Date.parse(gatedAt ?? '') - acceptedAt).toBeLessThan(SLACK_MS);
    expect(venue.ledger().orders.some(({ isOpen }) => isOpen)).toBe(false);
  });

  it('that the API server takes with its last breath is in force within lossGrace', async () => {
    await trading('restarted');
    const placed = placeUntilRefused(LOSS_GRACE_MS + SLACK_MS);
    await turnKillSwitch(server, 'restarted', true);
    const acceptedAt = Date.now();
    await server.kill();
    expect([403, 503]).toContain(await placed);
    expect(Math.max(...arrivals('restarted')) - acceptedAt).toBeLessThan(LOSS_GRACE_MS + SLACK_MS);
    await server.restart();
    await sender.until('it knows of the kill', ({ gatedAt }) => gatedAt !== null, 30_000);
    expect((await sender.place()).status).toBe(403);
  });

  it('over a connection that is half-open shuts the gate within lossGrace, and is known once it heals', async () => {
    await trading('half-open');
    network.freeze();
    try {
      await turnKillSwitch(server, 'half-open', true);
      const acceptedAt = Date.now();
      expect(await placeUntilRefused(LOSS_GRACE_MS + SLACK_MS)).toBe(503);
      const { gatedAt, shutReasons } = await sender.control();
      expect([gatedAt, shutReasons]).toEqual([null, ['Blind']]);
      const sent = arrivals('half-open');
      expect(Math.max(...sent) - acceptedAt).toBeLessThan(LOSS_GRACE_MS + SLACK_MS);
      expect((await sender.place()).status).toBe(503);
      expect(arrivals('half-open')).toEqual(sent);
    } finally {
      network.mend();
    }
    await sender.until('it is flat', ({ flatAt }) => flatAt !== null, 30_000);
    expect((await sender.place()).status).toBe(403);
  });
});

describe('an etcd that stalls', () => {
  it('blinds the executor within lossGrace: no kill could be taken now; it trades on when etcd does', async () => {
    await trading('stalled');
    server.pauseStore();
    const stalledAt = Date.now();
    try {
      expect(await placeUntilRefused(LOSS_GRACE_MS + SLACK_MS)).toBe(503);
      expect((await sender.control()).shutReasons).toEqual(['Blind']);
      const sent = arrivals('stalled');
      expect(Math.max(...sent) - stalledAt).toBeLessThan(LOSS_GRACE_MS + SLACK_MS);
    } finally {
      server.resumeStore();
    }
    await sender.until('it sees again', ({ gate }) => gate === 'open', 30_000);
    await turnKillSwitch(server, 'stalled', true);
    await sender.until('it is flat', ({ flatAt }) => flatAt !== null, 30_000);
  });
});
