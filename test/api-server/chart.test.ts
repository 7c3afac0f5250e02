import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cardSlo } from '../../alerts/rules/slo.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import { childPath } from '../../operator/apply/perform.ts';
import { children } from '../../operator/desired/children.ts';
import { chart } from '../alerts/helm.ts';
import { run } from '../setup/command.ts';
import { binary } from '../toolchain/binaries.ts';
import type { ApiServer } from './api-server.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
  TRICKLE,
} from './installed-chart.ts';

const APPLY = { contentType: 'application/apply-patch+yaml' };

let installed: InstalledChart;
let server: ApiServer;

beforeAll(async () => {
  installed = await installChart();
  server = installed.server;
}, 120_000);
afterAll(() => installed?.stop());

describe('an installed chart', () => {
  it('keeps its certificate, its token and its session key when it is upgraded', async () => {
    const secrets = async (): Promise<readonly object[]> => {
      const found = ['tls', 'evidence-tls', 'webhook', 'console'].map((name) =>
        server.request('GET', `/api/v1/namespaces/trading/secrets/${FULL_NAME}-${name}`),
      );
      return (await Promise.all(found)).map(({ body }) => body.data);
    };
    const before = await secrets();
    expect(before.map((data) => Object.keys(data))).toEqual([
      ['ca.crt', 'tls.crt', 'tls.key'],
      ['ca.crt', 'tls.crt', 'tls.key'],
      ['token'],
      ['keys'],
    ]);
    await installed.helm('upgrade', 'desk', chart, '--set', 'monitoring.enabled=true,replicas=1');
    expect(await secrets()).toEqual(before);
  });

  it('is accepted object by object, unknown fields refused', async () => {
    const manifest = await installed.helm('get', 'manifest', 'desk');
    const kubectl = [binary('kubectl'), '--kubeconfig', server.kubeconfigPath];
    const argv = [
      'apply',
      '--server-side',
      '--dry-run=server',
      '--validate=strict',
      '--force-conflicts',
      '-f',
      '-',
    ];
    const said = await run([...kubectl, ...argv], { input: manifest });
    for (const kind of [
      'deployment',
      'prometheusrule',
      'alertmanagerconfig',
      'servicemonitor',
      'validatingadmissionpolicy',
    ]) {
      expect(said).toContain(kind);
    }
  });

  it.each([FULL_NAME, `${FULL_NAME}-evidence`])(
    'makes a pod of %s that a namespace enforcing the restricted level admits',
    async (name) => {
      const path = `/apis/apps/v1/namespaces/trading/deployments/${name}`;
      const { body } = await server.request('GET', path);
      const pod = { metadata: { generateName: 'try-' }, spec: body.spec.template.spec };
      const made = await installed.post('/api/v1/namespaces/trading/pods?dryRun=All', pod);
      expect(made.status, made.body.message).toBe(201);
    },
  );

  it('lets the operator make every child of an executor, and read no Secret', async () => {
    const made: TradingExecutor = (await installed.post(EXECUTORS, executor('made', TRICKLE))).body;
    const operator = { token: await installed.token(FULL_NAME) };
    const settings = {
      executorImage: 'trading-executor:test',
      operatorServiceAccount: `trading/${FULL_NAME}`,
      slo: cardSlo,
    };
    for (const child of children(made, { settings, credentials: 'key', serviceMonitors: true })) {
      const path = `${childPath(child)}?fieldManager=test&force=true&fieldValidation=Strict`;
      const answer = await server.request('PATCH', path, child, { ...APPLY, ...operator });
      expect(answer.status, `${child.kind}: ${answer.body.message}`).toBe(201);
    }
    for (const path of ['/api/v1/secrets', '/api/v1/namespaces/desk/secrets/key']) {
      expect((await server.request('GET', path, undefined, operator)).status).toBe(403);
    }
  });

  it('lets the evidence server read the Events of a desk', async () => {
    const server = { token: await installed.token(`${FULL_NAME}-evidence`) };
    const path = '/api/v1/namespaces/desk/events?limit=2000';
    expect((await installed.server.request('GET', path, undefined, server)).status).toBe(200);
  });
});
