import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentTo } from '../../crds/kube/agent.ts';
import { LeaseObject } from '../../crds/kube/lease.ts';
import { executorPath, executorsPath, resourcePath } from '../../crds/kube/paths.ts';
import { RELEASED_BY_ANNOTATION, TOKEN_AUDIENCE } from '../../crds/names.ts';
import { LEASE_TIMES } from '../../executor/gate/lease.ts';
import { childPath } from '../../operator/apply/perform.ts';
import { role, roleBinding, serviceAccount } from '../../operator/desired/access.ts';
import { anExecutor, NAMESPACE } from '../executor/an-executor.ts';
import { SenderProcess } from '../executor/sender.ts';
import { type Btcturk, startBtcturk } from '../venue/btcturk/simulator.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
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
  await post('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await post(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'trader' } });
  caller = await token('trader', [TOKEN_AUDIENCE]);
});
afterEach(() => Promise.all(running.splice(0).map((sender) => sender.stop())));
afterAll(async () => {
  await server?.stop();
  await venue?.stop();
});

async function post(path: string, body: object) {
  const made = await server.request('POST', path, body);
  if (made.status > 201) throw new Error(`POST ${path}: ${JSON.stringify(made.body)}`);
  return made.body;
}

async function token(account: string, audiences?: readonly string[]): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`;
  const apiVersion = 'authentication.k8s.io/v1';
  return (await post(path, { apiVersion, kind: 'TokenRequest', spec: { audiences } })).status.token;
}

/** An executor with an object, an account and a Role as the operator makes them; its token. */
async function declare(name: string): Promise<string> {
  const { spec, status, ...rest } = anExecutor('live', { venue: { baseUrl: venue.url } });
  const made = await post(executorsPath(NAMESPACE), { ...rest, metadata: { name }, spec });
  const own = { ...status, rollback: { uid: made.metadata.uid, pending: [], latched: false } };
  const path = executorPath({ namespace: NAMESPACE, name }, 'status');
  const merge = { contentType: 'application/merge-patch+json' };
  expect((await server.request('PATCH', path, { status: own }, merge)).status).toBe(200);
  const apply = { contentType: 'application/apply-patch+yaml' };
  for (const child of [serviceAccount(made), role(made, SECRET), roleBinding(made)]) {
    const to = `${childPath(child)}?fieldManager=test&force=true`;
    expect((await server.request('PATCH', to, child, apply)).status).toBe(201);
  }
  return token(`${name}-executor`);
}

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
    await post(leases(), name('credential-another'));
    const path = leases('credential-another');
    expect((await server.request('POST', leases(), name(OWN), own)).status).toBe(403);
    await post(leases(), name(OWN));
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
    await post(leases(), { metadata, spec: { holderIdentity: '' } });
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
