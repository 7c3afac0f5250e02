import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executorPath, executorsPath } from '../../crds/kube/paths.ts';
import { REPOSITORY } from '../cluster/bundle.ts';
import { attempt } from '../setup/command.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { executor } from './installed-chart.ts';
import { installCrds } from './installed-crds.ts';

const MERGE = { contentType: 'application/merge-patch+json' };
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const GUARD = '/apis/admissionregistration.k8s.io/v1';

let server: ApiServer;
let folder: string;
let asPerson: string;

beforeAll(async () => {
  await ensureBinaries(['kubectl'], () => undefined);
  server = await startApiServer({ controllers: false });
  folder = await mkdtemp(join(tmpdir(), 'desk-halt-'));
  await installCrds(server);
  for (const name of ['one', 'two', 'foreign']) {
    await made('/api/v1/namespaces', { metadata: { name } });
  }
  asPerson = await person();
  await refusing('stubborn');
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function made(path: string, body: object): Promise<void> {
  const answer = await server.request('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.body.message}`);
}

/** May see all, and patch in namespaces `one` and `two`; in `foreign` not. Returns a kubeconfig. */
async function person(): Promise<string> {
  const api = { apiGroups: ['spark.trading'], resources: ['tradingexecutors'] };
  const see = { metadata: { name: 'see' }, rules: [{ ...api, verbs: ['get', 'list', 'watch'] }] };
  const kill = { metadata: { name: 'kill' }, rules: [{ ...api, verbs: ['patch'] }] };
  await made('/api/v1/namespaces/one/serviceaccounts', { metadata: { name: 'person' } });
  const subjects = [{ kind: 'ServiceAccount', name: 'person', namespace: 'one' }];
  const ref = (name: string) => ({
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name,
  });
  for (const role of [see, kill]) await made(`${RBAC}/clusterroles`, role);
  const seeing = { metadata: { name: 'see' }, roleRef: ref('see'), subjects };
  await made(`${RBAC}/clusterrolebindings`, seeing);
  for (const namespace of ['one', 'two']) {
    const killing = { metadata: { name: 'kill' }, roleRef: ref('kill'), subjects };
    await made(`${RBAC}/namespaces/${namespace}/rolebindings`, killing);
  }
  const { body } = await server.request(
    'POST',
    '/api/v1/namespaces/one/serviceaccounts/person/token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  );
  const path = join(folder, 'kubeconfig');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [
      { name: 'c', cluster: { server: server.origin, 'certificate-authority': server.caPath } },
    ],
    users: [{ name: 'u', user: { token: body.status.token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'one' } }],
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** An admission policy that lets nobody change executors of this name. */
async function refusing(name: string): Promise<void> {
  const rule = {
    ...{ apiGroups: ['spark.trading'], apiVersions: ['*'], operations: ['UPDATE'] },
    resources: ['tradingexecutors'],
  };
  const validations = [{ expression: `object.metadata.name != '${name}'`, message: 'hands off' }];
  await made(`${GUARD}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: [rule] }, validations },
  });
  const binding = { policyName: name, validationActions: ['Deny'] };
  await made(`${GUARD}/validatingadmissionpolicybindings`, { metadata: { name }, spec: binding });
  await declared('one', name, {});
  const path = `${executorPath({ namespace: 'one', name })}?dryRun=All`;
  const change = { metadata: { labels: { a: 'b' } } };
  while ((await server.request('PATCH', path, change, MERGE)).status === 200) await sleep(50);
}

async function declared(namespace: string, name: string, labels: object): Promise<void> {
  const object = executor(name, { venue: { name: 'btcturk' } });
  const metadata = { ...object.metadata, labels };
  await made(executorsPath(namespace), { ...object, metadata });
}

/** What the operator does, for all but those it cannot reach. */
async function confirm(key: { namespace: string; name: string }, generation: number) {
  const condition = {
    ...{ type: 'KillSwitchConfirmed', status: 'True', reason: 'Gated', message: 'gated' },
    ...{ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: generation },
  };
  const status = { conditions: [condition] };
  await server.request('PATCH', executorPath(key, 'status'), { status }, MERGE);
}

async function confirming(signal: AbortSignal, except: readonly string[]): Promise<void> {
  while (!signal.aborted) {
    const { body } = await server.request('GET', executorsPath());
    for (const { metadata, spec } of body.items) {
      if (spec.killSwitch && !except.includes(metadata.name)) {
        await confirm(metadata, metadata.generation);
      }
    }
    await sleep(50);
  }
}

/** The block of the runbook, as a person pastes it, with its last line changed. */
async function halt(...words: readonly string[]) {
  const page = await readFile(join(REPOSITORY, 'alerts/runbooks/DeskHalt.md'), 'utf8');
  const [, block = ''] = /```sh\n([^`]+)```/.exec(page) ?? [];
  const script = block.replace(/^kill_desk -A .*$/m, `kill_desk ${words.join(' ')}`);
  const PATH = [dirname(binary('kubectl')), process.env.PATH].join(delimiter);
  const env = { PATH, KUBECONFIG: asPerson, WAIT: '3s' };
  const { code, stdout, stderr } = await attempt(['sh', '-c', script], { env });
  return { code, stderr, lines: stdout.trim().split('\n').sort() };
}

async function killedNames(): Promise<string[]> {
  const { body } = await server.request('GET', executorsPath());
  const killed = body.items.filter(
    ({ spec }: { spec: { killSwitch: boolean } }) => spec.killSwitch,
  );
  return killed.map(({ metadata }: { metadata: { name: string } }) => metadata.name).sort();
}

describe('the desk halt of the runbook', () => {
  it('kills and confirms every executor of a label over namespaces, and none besides', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `a${index}`);
    for (const [index, name] of names.entries()) {
      await declared(index % 2 === 0 ? 'one' : 'two', name, { desk: 'istanbul' });
    }
    await declared('one', 'another-desk', { desk: 'ankara' });
    const stopping = new AbortController();
    const operator = confirming(stopping.signal, []);
    const { code, lines } = await halt('-A', '-l', 'desk=istanbul');
    stopping.abort();
    await operator;
    expect(lines.filter((line) => line.startsWith('killed '))).toHaveLength(20);
    expect(lines.filter((line) => line.startsWith('confirmed '))).toHaveLength(20);
    expect(lines).toContain('confirmed      two/a19');
    expect(lines).toHaveLength(40);
    expect(code).toBe(0);
    expect(await killedNames()).toEqual(names.sort());
  });

  it('kills the others when one is forbidden and one refused; its code and lines say so', async () => {
    const labels = { desk: 'izmir' };
    await declared('foreign', 'forbidden', labels);
    await declared('two', 'silent', labels);
    await declared('two', 'stale', labels);
    await declared('two', 'good', labels);
    const path = executorPath({ namespace: 'two', name: 'stale' });
    await confirm({ namespace: 'two', name: 'stale' }, 1);
    expect((await server.request('GET', path)).body.metadata.generation).toBe(1);
    const stubborn = executorPath({ namespace: 'one', name: 'stubborn' });
    expect((await server.request('GET', stubborn)).status).toBe(200);
    const stopping = new AbortController();
    const operator = confirming(stopping.signal, ['silent', 'stale']);
    const forLabel = await halt('-A', '-l', 'desk=izmir');
    const forNamespace = await halt('-n', 'one', '--field-selector', 'metadata.name=stubborn');
    stopping.abort();
    await operator;
    expect(forLabel.code).not.toBe(0);
    expect(forLabel.lines).toEqual([
      expect.stringMatching(/^NOT CONFIRMED {2}foreign\/forbidden: .*timed out/),
      expect.stringMatching(/^NOT CONFIRMED {2}two\/silent: .*timed out/),
      // A confirmation of before the kill is none.
      expect.stringMatching(/^NOT CONFIRMED {2}two\/stale: .*timed out/),
      expect.stringMatching(/^NOT KILLED {5}foreign\/forbidden: .*forbidden/),
      'confirmed      two/good',
      'killed         two/good',
      'killed         two/silent',
      'killed         two/stale',
    ]);
    expect(forNamespace.code).not.toBe(0);
    expect(forNamespace.lines).toContainEqual(
      expect.stringMatching(/^NOT KILLED {5}one\/stubborn: .*hands off/),
    );
    expect(await killedNames()).toEqual(expect.arrayContaining(['good', 'silent', 'stale']));
  });

  it('says so, and fails, when nothing matches or nobody answers', async () => {
    const nothing = await halt('-A', '-l', 'desk=nowhere');
    expect([nothing.code, nothing.stderr]).toEqual([
      1,
      expect.stringContaining('nothing was found'),
    ]);
    const wrong = await halt('-A', '--server', 'https://127.0.0.1:1');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('refused')]);
  });
});
