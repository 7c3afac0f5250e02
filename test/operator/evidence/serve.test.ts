import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeConnection } from '../../../crds/kube/connection.ts';
import { claim, keep, writeManifest } from '../../../operator/evidence/folder.ts';
import { packFiles } from '../../../operator/evidence/packs.ts';
import { evidenceRoutes } from '../../../operator/evidence/serve.ts';
import { volumeStore } from '../../../operator/evidence/volume.ts';
import { operatorServer } from '../../../operator/http/server.ts';
import { type FakeServer, fakeServer, jsonReply, type Replies, refused } from './fake-servers.ts';
import { connectionTo } from './site.ts';

const REVIEW = 'POST /apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS = 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews';
const [DESK, OTHER] = ['2026-11-23T03-10-00Z-btc', '2026-11-23T03-20-00Z-eth'];

/** Who may read where, by token. */
const READERS: Record<string, { username: string; uid: string; groups: string[]; may: string[] }> =
  {
    'token-of-anna': { username: 'anna', uid: 'u1', groups: ['desk'], may: ['desk'] },
    'token-of-boss': { username: 'boss', uid: 'u2', groups: [], may: ['desk', 'other'] },
    'token-of-nobody': { username: 'nobody', uid: 'u3', groups: [], may: [] },
  };

let dir: string;
let api: Replies;
let server: FakeServer;
let connection: KubeConnection;
let app: FastifyInstance;
const asked: { user: string; groups: string[]; resourceAttributes: object }[] = [];
const logged: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'served-'));
  api = kubernetes();
  server = await fakeServer(api);
  connection = connectionTo(server);
  const log = pino({}, { write: (line: string) => logged.push(line) });
  ({ app } = operatorServer(undefined, log));
  evidenceRoutes(app, { connection, store: volumeStore(dir) });
  await aPack('btc', 'desk', '2026-11-23T03:10:00Z');
  await aPack('eth', 'other', '2026-11-23T03:20:00Z');
});
afterAll(async () => {
  await app.close();
  await connection.close();
  await server.close();
  await rm(dir, { recursive: true });
});

function kubernetes(): Replies {
  return {
    [REVIEW]: (body) => {
      const reader = READERS[JSON.parse(body).spec.token];
      if (reader === undefined) return jsonReply({ status: { authenticated: false } }, 201);
      const { may: _, ...user } = reader;
      return jsonReply({ status: { authenticated: true, user } }, 201);
    },
    [ACCESS]: (body) => {
      const { spec } = JSON.parse(body);
      asked.push(spec);
      const reader = Object.values(READERS).find(({ username }) => username === spec.user);
      const allowed = reader?.may.includes(spec.resourceAttributes.namespace) === true;
      return jsonReply({ status: { allowed } }, 201);
    },
  };
}

async function aPack(executor: string, namespace: string, decidedAt: string): Promise<void> {
  const owner = { incident: `${executor}-1`, namespace, executor, startedAt: decidedAt };
  const store = volumeStore(dir);
  const { name } = await claim(store, decidedAt, owner);
  const pack = packFiles(store, name);
  const folder = join(dir, 'incidents', name);
  const files = [
    await keep(pack, 'README.md', `# ${executor}\n`),
    await keep(pack, 'executor.log', '<script>alert(1)</script>\n'),
    await keep(pack, 'gone.json', '{}'),
    await keep(pack, 'link.txt', 'x'),
  ];
  await writeFile(join(folder, 'unlisted.txt'), 'not in the manifest');
  await rm(join(folder, 'gone.json'));
  await rm(join(folder, 'link.txt'));
  await symlink('/etc/hostname', join(folder, 'link.txt'));
  await writeManifest(pack, {
    ...{ version: 1, ...owner, finishedAt: decidedAt, files },
    missing: [],
  });
}

const get = (url: string, token: string | undefined = 'token-of-anna') =>
  app.inject({
    url: `/evidence/incidents${url}`,
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  });

describe('who may read', () => {
  const urls = ['', `/${DESK}`, `/${DESK}/`, `/${DESK}/README.md`, `/${DESK}/nothing`, '/nothing'];
  it.each(urls)('401 without a token, and with a bad one: %s', async (url) => {
    const [none, bad] = [await get(url, ''), await get(url, 'stolen-token')];
    expect([none.statusCode, bad.statusCode]).toEqual([401, 401]);
    expect(none.json().error.message).toContain('kubectl create token');
    expect(bad.json().error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(bad.body).not.toContain('stolen-token');
  });

  it.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'token-of-anna'])(
    '401 for the header %s',
    async (authorization) => {
      const url = '/evidence/incidents';
      expect((await app.inject({ url, headers: { authorization } })).statusCode).toBe(401);
    },
  );

  it.each([`/${OTHER}`, `/${OTHER}/`, `/${OTHER}/README.md`, `/${OTHER}/nothing`])(
    '403 without the right in the namespace of the pack, and it names the right: %s',
    async (url) => {
      const answer = await get(url);
      expect(answer.statusCode).toBe(403);
      expect(answer.json().error.message).toBe(
        'anna may not get tradingincidents.spark.trading in namespace other',
      );
    },
  );

  it('the list holds what its reader may see, newest first', async () => {
    const seen = async (token: string) => {
      const { packs } = (await get('', token)).json<{ packs: { name: string }[] }>();
      return packs.map(({ name }) => name);
    };
    expect(await seen('token-of-anna')).toEqual([DESK]);
    expect(await seen('token-of-boss')).toEqual([OTHER, DESK]);
    expect(await seen('token-of-nobody')).toEqual([]);
  });

  it('the API server is asked for the reader as it knows them', async () => {
    asked.length = 0;
    await get(`/${DESK}`);
    const resourceAttributes = {
      group: 'spark.trading',
      resource: 'tradingincidents',
      verb: 'get',
      namespace: 'desk',
    };
    expect(asked).toEqual([{ user: 'anna', uid: 'u1', groups: ['desk'], resourceAttributes }]);
  });
});

describe('what is served', () => {
  it('the manifest, with and without a slash at the end', async () => {
    for (const url of [`/${DESK}`, `/${DESK}/`, `/${DESK}/manifest.json`]) {
      expect((await get(url)).json()).toMatchObject({ incident: 'btc-1', namespace: 'desk' });
    }
  });

  it('a file as it is on disk, never as a page', async () => {
    const answer = await get(`/${DESK}/executor.log`);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe(await readFile(join(dir, 'incidents', DESK, 'executor.log'), 'utf8'));
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it.each([
    ['unknown file', `/${DESK}/nothing.txt`],
    ['a file the manifest does not list', `/${DESK}/unlisted.txt`],
    ['a listed file that was deleted', `/${DESK}/gone.json`],
    ['a symbolic link out of the pack', `/${DESK}/link.txt`],
    ['unknown pack', '/2026-11-23T03-10-00Z-ada/README.md'],
    ['a folder that is no pack', '/..'],
    ['two dots', `/${DESK}/../../../../etc/passwd`],
    ['two dots, encoded', `/${DESK}/%2e%2e`],
    ['a path, encoded', `/${DESK}/..%2f..%2f..%2fetc%2fpasswd`],
    ['a path, encoded twice', `/${DESK}/..%252f..%252fetc%252fpasswd`],
    ['backslashes', `/${DESK}/..%5c..%5cetc%5cpasswd`],
    ['an absolute path', `/${DESK}/%2fetc%2fpasswd`],
    ['the file of another pack', `/${DESK}/..%2f${OTHER}%2fREADME.md`],
    ['a pack by way of another', `/${DESK}%2f..%2f${OTHER}/README.md`],
    ['the folder of packs', '/%2e/README.md'],
    ['its parent', '/%2e%2e/README.md'],
    ['a NUL', `/${DESK}/README.md%00.txt`],
  ])('404 for %s', async (_what, url) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error.code).toBe('NOT_FOUND');
    expect(answer.body).not.toContain(dir);
  });

  it('404 for dots that a client sends as they are', async () => {
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    const path = `/evidence/incidents/${DESK}/../${OTHER}/README.md`;
    const headers = { authorization: 'Bearer token-of-anna' };
    const { statusCode } = await connection.dispatcher.request({
      origin,
      path,
      headers,
      method: 'GET',
    });
    expect(statusCode).toBe(404);
  });

  it('a manifest somebody put paths into is no manifest', async () => {
    const folder = join(dir, 'incidents', '2026-11-23T03-30-00Z-evil');
    await mkdir(folder);
    const own = await readFile(join(dir, 'incidents', DESK, 'manifest.json'), 'utf8');
    await writeFile(
      join(folder, 'manifest.json'),
      own.replace('README.md', `../${OTHER}/README.md`),
    );
    const url = `/2026-11-23T03-30-00Z-evil/..%2f${OTHER}%2fREADME.md`;
    expect((await get(url)).statusCode).toBe(404);
    await rm(folder, { recursive: true });
  });

  it('a half-written or unreadable pack does not hide the others', async () => {
    const broken = ['2026-11-23T04-00-00Z-half', '2026-11-23T04-10-00Z-odd', 'lost+found'];
    const folders = broken.map((name) => join(dir, 'incidents', name));
    for (const folder of folders) await mkdir(folder);
    await writeFile(join(folders[0] ?? '', 'manifest.json'), '{"version":1,');
    await mkdir(join(folders[1] ?? '', 'manifest.json'));
    const { packs } = (await get('')).json<{ packs: { name: string }[] }>();
    expect(packs.map(({ name }) => name)).toEqual([DESK]);
    for (const folder of folders) await rm(folder, { recursive: true });
  });
});

it('an API server that does not judge is 503, and the log holds no token', async () => {
  const usual = api[REVIEW];
  api[REVIEW] = refused(500, 'InternalError', 'etcd is down');
  const refusedUs = await get(`/${DESK}/README.md`);
  if (usual !== undefined) api[REVIEW] = usual;
  expect(refusedUs.statusCode).toBe(503);
  expect(refusedUs.json().error.message).toContain('did not judge the token: HTTP 500');
  expect(logged.length).toBeGreaterThan(0);
  for (const line of logged) expect(line).not.toMatch(/token-of-anna|token-of-the-operator/);
});
