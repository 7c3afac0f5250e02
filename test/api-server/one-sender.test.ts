import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentTo } from '../../crds/kube/agent.ts';
import { LeaseObject } from '../../crds/kube/lease.ts';
import { resourcePath } from '../../crds/kube/paths.ts';
import { RELEASED_BY_ANNOTATION } from '../../crds/names.ts';
import { LEASE_TIMES } from '../../executor/gate/lease.ts';
import { NAMESPACE } from '../executor/an-executor.ts';
import { SenderProcess } from '../executor/sender.ts';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { declareExecutor, openNamespace, post } from './declare.ts';
import { installCrds } from './installed-crds.ts';

const SECRET = 'key';
const leases = (name?: string) =>
  resourcePath({
    ...{ apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: NAMESPACE },
    name,
  });
const OWN = `credential-${SECRET}`;

let server: ApiServer;
let venue: Btcturk;
let caller: string;
const running: SenderProcess[] = [];

beforeAll(async () => {
  venue = await startBtcturk({ settings: { limiter: false } });
  server = await startApiServer({ controllers: false });
  await installCrds(server);
  caller = await openNamespace(server);
});
afterEach(() => Promise.all(running.splice(0).map((sender) => sender.stop())));
afterAll(async () => {
  await server?.stop();
  await venue?.stop();
});

const declare = (name: string) =>
  declareExecutor(server, {
    ...{ name, mode: 'live', secret: SECRET },
    spec: { venue: { baseUrl: venue.url } },
  });

async function start(name: string): Promise<SenderProcess> {
  const api = { origin: server.origin, token: await declare(name), ca: server.caPem };
  const sender = await SenderProcess.start({ name, secret: SECRET, caller, api });
  running.push(sender);
  return sender;
}

describe('the Role of an executor', () => {
  it('opens the Lease of its own Secret and none that somebody else made', async () => {
    const own = { token: await declare('narrow') };
    const name = (made: string) => ({ metadata: { name: made }, spec: {} });
    await post(server, leases(), name('credential-another'));
    const path = leases('credential-another');
    expect((await server.request('POST', leases(), name(OWN), own)).status).toBe(403);
    await post(server, leases(), name(OWN));
    const made = await server.request('GET', leases(OWN), undefined, own);
    expect(made.status).toBe(200);
    expect((await server.request('PUT', leases(OWN), made.body, own)).status).toBe(200);
    expect((await server.request('GET', path, undefined, own)).status).toBe(403);
    expect((await server.request('PUT', path, made.body, own)).status).toBe(403);
    expect((await server.request('DELETE', leases(OWN), undefined, own)).status).toBe(403);
    await server.request('DELETE', leases(OWN));
  });
});

describe('a Lease at the API server', () => {
  const within = { timeoutMs: 5_000 };

  it('takes one of two writes onto the same version, and none onto one that was deleted', async () => {
    const dispatcher = agentTo({ ca: server.caPem });
    const authorization = () => `Bearer ${server.adminToken}`;
    const { origin } = server;
    const connection = { origin, dispatcher, authorization, close: () => dispatcher.destroy() };
    const log = () => undefined;
    const lease = new LeaseObject({ connection, namespace: NAMESPACE, name: 'contested', log });
    const made = await lease.create({ spec: { holderIdentity: 'a' } }, within);
    if (!made?.ok) throw new Error(`not made: ${JSON.stringify(made)}`);
    const write = (holderIdentity: string) =>
      lease.update(made.body, { spec: { holderIdentity } }, within);
    const statuses = (await Promise.all([write('b'), write('c')])).map((one) => one?.status);
    expect(statuses.sort()).toEqual([200, 409]);
    const kept = await lease.read(within);
    if (!kept?.ok) throw new Error('the Lease is gone');
    await server.request('DELETE', leases('contested'));
    const late = await lease.update(kept.body, { spec: { holderIdentity: 'late' } }, within);
    expect(late?.ok).toBe(false);
    expect((await lease.read(within))?.status).toBe(404);
    await connection.close();
  });
});

describe('two executors on one Secret, with the lease and the window as they are', () => {
  it('the second waits out a first that was stopped right before its bytes, and sends alone', async () => {
    const metadata = { name: OWN, annotations: { [RELEASED_BY_ANNOTATION]: 'before' } };
    await post(server, leases(), { metadata, spec: { holderIdentity: '' } });
    const first = await start('first');
    await first.until('it trades', ({ gate }) => gate === 'open', 30_000);
    await expect.poll(async () => (await first.place()).status, { timeout: 20_000 }).toBe(201);
    const second = await start('second');
    await second.until('the key is in use', ({ shutReasons }) =>
      shutReasons.includes('CredentialInUse'),
    );
    await first.arm('before-writing');
    const contested = first.place('contested');
    await first.standing();
    const stoppedAt = Date.now();
    const { leaseMs, windowMs, renewMs } = LEASE_TIMES;
    await second.until('it trades', ({ gate }) => gate === 'open', 90_000);
    expect(Date.now() - stoppedAt).toBeGreaterThan(leaseMs + windowMs - 1.1 * renewMs - 500);
    await expect.poll(async () => (await second.place()).status, { timeout: 20_000 }).toBe(201);
    first.signal('SIGCONT');
    // Rejected, or unknown: its deadline for an answer has passed as well.
    expect([202, 422]).toContain((await contested).status);
    await first.until('it sees the second', ({ shutReasons }) =>
      shutReasons.includes('CredentialInUse'),
    );
    const senders = venue.ledger().orders.map(({ clientId }) => clientId.split('-')[0]);
    expect(senders).toEqual(['first', 'second']);
    second.signal('SIGTERM');
    expect(await second.ended()).toBe(0);
    await first.until('it was handed over', ({ gate }) => gate === 'open');
    await expect.poll(async () => (await first.place()).status, { timeout: 20_000 }).toBe(201);
  }, 180_000);
});
