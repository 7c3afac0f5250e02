import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { call } from '../../crds/kube/call.ts';
import { type KubeConnection, kubeconfigConnection } from '../../crds/kube/connection.ts';
import { ListWatch } from '../../crds/kube/list-watch.ts';
import type { ListWatchOptions } from '../../crds/kube/list-watch-options.ts';
import { corePath } from '../../crds/kube/paths.ts';
import type { ObjectMeta } from '../../crds/trading-executor.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

interface Box {
  readonly metadata: ObjectMeta;
  readonly data?: Readonly<Record<string, string>>;
}

let server: ApiServer;
let connection: KubeConnection;
beforeAll(async () => {
  server = await startApiServer({ controllers: true });
  connection = kubeconfigConnection(await readFile(server.kubeconfigPath, 'utf8'));
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

const boxes = corePath('configmaps', 'boxes');
const box = (name: string, value: number) => ({ metadata: { name }, data: { value: `${value}` } });

interface Watching {
  readonly listWatch: ListWatch<Box>;
  /** `set name=value` and `gone name`, in order. */
  readonly changes: string[];
  readonly log: string[];
  /** Resolves when a change reads so, with the moment it came. */
  changed(text: string): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function watching(more: Partial<ListWatchOptions<Box>> = {}): Promise<Watching> {
  const changes: string[] = [];
  const log: string[] = [];
  const awaited = new Map<string, (at: number) => void>();
  const listWatch = new ListWatch<Box>({
    ...{ connection, path: boxes, clock: systemClock, random: Math.random },
    log: (message, details) => log.push(`${message} ${JSON.stringify(details)}`),
    onChange: ({ kind, object: { metadata, data } }) => {
      const text =
        kind === 'gone' ? `gone ${metadata.name}` : `set ${metadata.name}=${data?.value}`;
      changes.push(text);
      awaited.get(text)?.(performance.now());
      awaited.delete(text);
    },
    ...more,
  });
  listWatch.start();
  await listWatch.synced();
  await expect.poll(() => listWatch.stats().watching).toBe(true);
  return {
    ...{ listWatch, changes, log },
    changed: (text) =>
      changes.includes(text)
        ? Promise.resolve(performance.now())
        : new Promise((resolve) => awaited.set(text, resolve)),
    [Symbol.asyncDispose]: () => listWatch.stop(),
  };
}

const put = async (name: string, value: number): Promise<void> => {
  const apply = { contentType: 'application/apply-patch+yaml' };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', ...box(name, value) };
  const query = '?fieldManager=test&force=true';
  const { status, body } = await server.request('PATCH', `${boxes}/${name}${query}`, object, apply);
  if (status > 201) throw new Error(`${name}: ${status} ${body.message}`);
};
const remove = (name: string) => server.request('DELETE', `${boxes}/${name}`);

/** What the API server holds, without its own certificate bundle. */
async function held(): Promise<string[]> {
  const { body } = await server.request('GET', boxes);
  return named(body.items);
}
const named = (items: readonly Box[]): string[] =>
  items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(({ metadata, data }) => `${metadata.name}=${data?.value}@${metadata.resourceVersion}`)
    .sort();

/** Pseudo-random, so that a run can be told from its seed. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

async function storm(writes: number, seed: number): Promise<void> {
  const random = numbers(seed);
  const next = () => random.next().value;
  for (let i = 0; i < writes; i++) {
    const name = `box-${Math.floor(next() * 20)}`;
    if (next() < 0.3) await remove(name);
    else await put(name, i);
  }
}

beforeAll(async () => {
  await server.request('POST', '/api/v1/namespaces', { metadata: { name: 'boxes' } });
});

describe('the list-watch on a real API server', () => {
  it('misses no change of a storm', async () => {
    await using all = await watching();
    await Promise.all([storm(150, 1), storm(150, 2), storm(150, 3)]);
    await put('last', 1);
    await all.changed('set last=1');
    expect(named(all.listWatch.list())).toEqual(await held());
    expect(all.listWatch.stats()).toMatchObject({ missed: 0, failures: 0, reconnects: 0 });
  });

  it('delivers every state of one object, in order', async () => {
    await using all = await watching();
    for (let value = 0; value < 100; value++) await put('counted', value);
    await all.changed('set counted=99');
    const seen = all.changes.filter((change) => change.startsWith('set counted='));
    expect(seen).toEqual(Array.from({ length: 100 }, (_, value) => `set counted=${value}`));
  });

  it('misses nothing across two restarts of the API server', async () => {
    await using all = await watching();
    await put('kept', 1);
    await all.changed('set kept=1');
    for (const round of [1, 2]) {
      await server.restart();
      await storm(60, round);
      await remove('kept');
      await put('kept', round + 1);
      await all.changed(`set kept=${round + 1}`);
    }
    await put('last', 2);
    await all.changed('set last=2');
    expect(named(all.listWatch.list())).toEqual(await held());
    expect(all.changes.filter((change) => change === 'gone kept')).toHaveLength(2);
    expect(all.listWatch.stats().missed).toBe(0);
  });

  it('finds a frozen API server by its silence and goes on when it wakes', async () => {
    await using all = await watching({ idleMs: 1_000 });
    server.pause();
    await expect.poll(() => all.log.length, { timeout: 10_000 }).toBeGreaterThan(0);
    server.resume();
    await put('woken', 1);
    await all.changed('set woken=1');
    expect(all.log[0]).toContain('Body Timeout Error');
  });

  it('counts nothing missed when relisting beside a storm', async () => {
    await using all = await watching({ relistMs: 100 });
    await Promise.all([storm(150, 4), storm(150, 5)]);
    await put('last', 3);
    await all.changed('set last=3');
    await expect.poll(() => all.listWatch.stats().relists).toBeGreaterThan(5);
    expect(named(all.listWatch.list())).toEqual(await held());
    expect(all.listWatch.stats()).toMatchObject({ missed: 0, reconnects: 0 });
  });

  it('leaves no watch open on the server when stopped', async () => {
    const open = async (): Promise<number> => {
      const { body } = await server.request('GET', '/metrics');
      const lines = String(body).matchAll(
        /^apiserver_longrunning_requests\{.*resource="configmaps".*scope="namespace".*\} (\d+)$/gm,
      );
      return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const before = await open();
    const all = await watching();
    await expect.poll(open).toBe(before + 1);
    await all.listWatch.stop();
    await expect.poll(open).toBe(before);
  });

  it('shows a change within milliseconds of its acceptance', async () => {
    await using all = await watching();
    const lags: number[] = [];
    for (let value = 0; value < 200; value++) {
      const seen = all.changed(`set quick=${value}`);
      const object = { apiVersion: 'v1', kind: 'ConfigMap', ...box('quick', value) };
      await call(connection, {
        ...{ method: 'PATCH', path: `${boxes}/quick`, body: object },
        query: { fieldManager: 'test', force: true },
        contentType: 'application/apply-patch+yaml',
      });
      const accepted = performance.now();
      lags.push(Math.max(0, (await seen) - accepted));
    }
    lags.sort((a, b) => a - b);
    console.log(
      `answer to event: p50 ${lags[100]?.toFixed(1)} ms, p99 ${lags[197]?.toFixed(1)} ms`,
    );
    expect(lags[197]).toBeLessThan(50);
  });
});

describe('rights', () => {
  it('needs get, list and watch on the one name it watches, nothing more', async () => {
    const ns = '/namespaces/boxes';
    const rbac = `/apis/rbac.authorization.k8s.io/v1${ns}`;
    const metadata = { name: 'reader' };
    const rule = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'] };
    await server.request('POST', `/api/v1${ns}/serviceaccounts`, { metadata });
    await server.request('POST', `${rbac}/roles`, {
      metadata,
      rules: [{ ...rule, verbs: ['get', 'list', 'watch'] }],
    });
    await server.request('POST', `${rbac}/rolebindings`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'boxes' }],
    });
    const token = await server.request('POST', `/api/v1${ns}/serviceaccounts/reader/token`, {
      spec: {},
    });
    const asReader = { ...connection, authorization: () => `Bearer ${token.body.status.token}` };
    await put('mine', 1);
    const restricted = withoutCertificate(await readFile(server.kubeconfigPath, 'utf8'));
    const own: KubeConnection = { ...asReader, dispatcher: restricted.dispatcher };
    await using all = await watching({ connection: own, fieldSelector: 'metadata.name=mine' });
    await put('other', 1);
    await put('mine', 2);
    await all.changed('set mine=2');
    expect(all.changes).toEqual(['set mine=1', 'set mine=2']);
    expect(await call(own, { method: 'GET', path: boxes })).toMatchObject({ status: 403 });
    await all.listWatch.stop();
    await restricted.close();
  });
});

/** The same server, without the certificate that would say we are the administrator. */
function withoutCertificate(kubeconfig: string): KubeConnection {
  const config = JSON.parse(kubeconfig) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token: 'replaced' };
  return kubeconfigConnection(JSON.stringify(config));
}
