import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { mayOf } from '../../../operator/console/live/executor.ts';
import { SessionKeys } from '../../../operator/console/session/keys.ts';
import { People } from '../../../operator/console/session/people.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type FakeServer, fakeServer, jsonReply } from '../evidence/fake-servers.ts';
import { connectionTo } from '../evidence/site.ts';

const HOUR_MS = 3_600_000;
let folder: string;
let server: FakeServer;
let connection: KubeConnection;
let clock: ManualClock;
let people: People;
/** What the API server thinks, and how often it was asked. */
let known: boolean;
let allowed: boolean;
let asked: { reviews: number; rights: number };

beforeEach(async () => {
  [known, allowed, asked] = [true, true, { reviews: 0, rights: 0 }];
  folder = await mkdtemp(join(tmpdir(), 'people-'));
  await writeFile(join(folder, 'keys'), 'k'.repeat(40));
  server = await fakeServer({
    'POST /apis/authentication.k8s.io/v1/tokenreviews': () => {
      asked.reviews += 1;
      const user = { username: 'anna', groups: ['desk'] };
      return jsonReply({ status: known ? { authenticated: true, user } : {} }, 201);
    },
    'POST /apis/authorization.k8s.io/v1/subjectaccessreviews': () => {
      asked.rights += 1;
      return jsonReply({ status: { allowed } }, 201);
    },
  });
  connection = connectionTo(server);
  clock = new ManualClock();
  const log = pino({ level: 'silent' });
  const keys = new SessionKeys({ path: join(folder, 'keys'), clock, log });
  people = new People({ connection, keys, clock, newId: () => 'id-1' });
});
afterEach(async () => {
  await connection.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const jwt = (expiresInMs: number): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor((clock.wall() + expiresInMs) / 1_000);
  return `${part({ alg: 'RS256' })}.${part({ exp })}.c2ln`;
};
const signIn = async (token: string) => (await people.signIn(token)).cookie;

it.each([
  ['an opaque token', () => 'opaque', 8 * HOUR_MS],
  ['a token that lasts longer', () => jwt(24 * HOUR_MS), 8 * HOUR_MS],
  ['a token that ends sooner', () => jwt(HOUR_MS), HOUR_MS],
])('a session with %s ends in time', async (_, token, ms) => {
  const cookie = await signIn(token());
  await clock.advance(ms - 1_000);
  await expect(people.of(cookie)).resolves.toMatchObject({ username: 'anna', id: 'id-1' });
  await clock.advance(1_000);
  await expect(people.of(cookie)).rejects.toMatchObject({ statusCode: 401 });
});

it('the API server is asked once for many requests, and again within a minute', async () => {
  const cookie = await signIn('t');
  const where = { namespace: 'desk' };
  for (let count = 0; count < 20; count += 1) {
    const person = await people.of(cookie);
    expect(await people.mayWithExecutors(person, 'list', where)).toBe(true);
  }
  expect(asked).toEqual({ reviews: 2, rights: 1 }); // one of them to sign in
  allowed = false;
  await clock.advance(60_000);
  const person = await people.of(cookie);
  expect(await people.mayWithExecutors(person, 'list', where)).toBe(false);
  expect(await people.mayWithExecutors(person, 'patch', where)).toBe(false);
});

it('what somebody may with a thousand executors of a namespace is asked once, not a thousand times', async () => {
  const person = await people.of(await signIn('t'));
  for (let count = 0; count < 1_000; count += 1) {
    const may = await mayOf(people, person, { namespace: 'desk', name: `btc-${count}` });
    expect(may).toEqual({ patch: true, acknowledge: true });
  }
  expect(asked.rights).toBe(2); // to patch executors, to acknowledge incidents
});

it('a token that is revoked ends the session within a minute', async () => {
  const cookie = await signIn('t');
  await people.of(cookie);
  known = false;
  await clock.advance(60_000);
  await expect(people.of(cookie)).rejects.toMatchObject({ statusCode: 401 });
});

it('an API server that is away lets nobody in, and is asked again', async () => {
  const cookie = await signIn('t');
  const { origin } = server;
  await server.close();
  await expect(people.of(cookie)).rejects.toThrow(origin);
  // whoever writes with this token is judged by the write
  await expect(people.holder(cookie)).resolves.toMatchObject({ username: 'anna', token: 't' });
  await expect(people.of(undefined)).rejects.toMatchObject({ statusCode: 401 });
});
