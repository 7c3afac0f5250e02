import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import type { KubeConnection } from '../../crds/kube/connection.ts';
import { kubeconfigConnection } from '../../crds/kube/connection.ts';
import { executorPath } from '../../crds/kube/paths.ts';
import type { ExecutorKey } from '../../crds/names.ts';
import { ControlClient } from '../../operator/kill/ask.ts';
import { TokenFile } from '../../operator/kill/token-file.ts';
import { type ReleaseTest, releaseTest } from '../../operator/release-test/release-test.ts';
import { chart } from '../alerts/helm.ts';
import { type Desk, openDesk, until } from '../operator/support/desk.ts';
import { runPod } from '../operator/support/fake-executor.ts';
import { run } from '../setup/command.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { grants } from './grants.ts';
import { tokenKubeconfig } from './token-kubeconfig.ts';

const NS = 'trading';
const ACCOUNT = 'desk-trading-executor-operator-test';
const KEY: ExecutorKey = { namespace: NS, name: 'test-desk' };
const CLAIM = `/api/v1/namespaces/${NS}/persistentvolumeclaims/data-test-desk-executor-0`;
const STEP_MS = 90_000;

let desk: Desk;
let connection: KubeConnection;
let control: ControlClient;

beforeAll(async () => {
  await ensureBinaries(['helm', 'kubectl'], () => undefined);
  desk = await openDesk();
  await desk.server.request('POST', '/api/v1/namespaces', { metadata: { name: NS } });
  const kubectl = [binary('kubectl'), '--kubeconfig', desk.server.kubeconfigPath];
  const template = [binary('helm'), 'template', 'desk', chart, '--namespace', NS];
  const objects = await run([...template, '--show-only', 'templates/tests/paper-executor.yaml']);
  const access = objects.split(/^---$/m).filter((one) => !/^kind: Pod$/m.test(one));
  await run([...kubectl, 'apply', '-f', '-'], { input: access.join('---\n') });
  await desk.operator('first');
  connection = await asAccount();
  control = new ControlClient(new TokenFile(`${desk.folder}/token`, systemClock));
}, 120_000);
afterAll(async () => {
  await control?.close();
  await connection?.close();
  await desk?.close();
});

/** With the rights that the chart gives to the test's Pod, and no others. */
async function token(): Promise<string> {
  const path = `/api/v1/namespaces/${NS}/serviceaccounts/${ACCOUNT}/token`;
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  return (await desk.server.request('POST', path, kind)).body.status.token;
}

const asAccount = async (): Promise<KubeConnection> =>
  kubeconfigConnection(tokenKubeconfig(desk.server, await token()));

const said: string[] = [];
const tested = (more: Partial<ReleaseTest> = {}) =>
  releaseTest({
    ...{ connection, clock: systemClock, key: KEY, ask: control.ask, stepMs: STEP_MS },
    caller: { namespace: NS, name: ACCOUNT },
    signal: new AbortController().signal,
    say: (line) => said.push(line),
    ...more,
  });

const statusOf = async (path: string) => (await desk.server.request('GET', path)).status;
const isGone = async () => {
  expect([await statusOf(executorPath(KEY)), await statusOf(CLAIM)]).toEqual([404, 404]);
};

describe('the test of a release', () => {
  it('has these rights and no others', async () => {
    expect(await grants(desk.server.request, await token(), NS)).toEqual([
      'configmaps test-desk-executor-ca: get',
      'persistentvolumeclaims data-test-desk-executor-0: delete get',
      'tradingexecutors.spark.trading test-desk: delete get patch',
      'tradingexecutors.spark.trading: create',
    ]);
  });

  it('sees its executor ready, open, killed and confirmed, and leaves nothing', async () => {
    const address = '127.0.0.81';
    const [trouble, pod] = await Promise.all([tested({ address }), runPod(desk, KEY, address)]);
    await pod.close();
    expect(trouble).toBeUndefined();
    expect(said).toEqual([
      'trading/test-desk is ready',
      'it answers /control: on paper, gate open',
      'it was killed: confirmed, gate shut',
    ]);
    await isGone();
  }, 180_000);

  it('says what the operator says when its executor does not come up, and leaves nothing', async () => {
    const ending = new AbortController();
    const running = tested({ signal: ending.signal });
    await until('its pod is made', async () => (await statusOf(CLAIM)) === 200, STEP_MS);
    const ready = async () => {
      const { status } = await desk.get(NS, KEY.name);
      return status?.conditions?.some(({ type }) => type === 'Ready');
    };
    await until('the operator has judged it', ready);
    ending.abort(new Error('told to end'));
    expect(await running).toMatch(/^cut off: trading\/test-desk does not become Ready: Starting/);
    await isGone();
  }, 180_000);

  it('removes what an earlier test left, and is not refused for it', async () => {
    const labels = { 'app.kubernetes.io/component': 'release-test' };
    const left = await desk.declare(NS, KEY.name, { venue: { name: 'btcturk' } });
    await desk.patch(NS, KEY.name, { metadata: { labels } });
    const ending = new AbortController();
    const running = tested({ signal: ending.signal });
    await until(
      'one of its own is there',
      async () => {
        const { metadata } = await desk.get(NS, KEY.name);
        return metadata !== undefined && metadata.uid !== left.metadata.uid;
      },
      STEP_MS,
    );
    ending.abort(new Error('told to end'));
    await running;
    await isGone();
  }, 240_000);

  it('leaves alone an executor of that name which is not of a test', async () => {
    const theirs = await desk.declare(NS, KEY.name);
    expect(await tested()).toContain('is there and not of a test');
    expect((await desk.get(NS, KEY.name)).metadata).toMatchObject({
      uid: theirs.metadata.uid,
      resourceVersion: expect.any(String),
    });
    expect((await desk.get(NS, KEY.name)).metadata.deletionTimestamp).toBeUndefined();
  });
});
