import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chart } from '../alerts/helm.ts';
import { jsonSchemas } from '../chart/json-schema.ts';
import { attempt, run } from '../setup/command.ts';
import { binary, ensureBinaries } from '../toolchain/binaries.ts';
import { versions } from '../toolchain/versions.ts';
import { type InstalledChart, installChart } from './installed-chart.ts';

/** What the manifests are of, and of each group of custom resources every kind there is. */
const GROUPS: readonly (readonly [string, ...string[]])[] = [
  ...([['api/v1'], ['apis/apps/v1'], ['apis/batch/v1'], ['apis/policy/v1']] as const),
  ...([['apis/rbac.authorization.k8s.io/v1'], ['apis/admissionregistration.k8s.io/v1']] as const),
  ['apis/apiextensions.k8s.io/v1'],
  ['apis/monitoring.coreos.com/v1', 'servicemonitor', 'prometheusrule'],
  ['apis/monitoring.coreos.com/v1alpha1', 'alertmanagerconfig'],
  ['apis/spark.trading/v1alpha1', 'tradingexecutor', 'tradingincident'],
];
const PATIENCE = { timeout: 20_000, interval: 200 };
const EXAMPLES = join(import.meta.dirname, '../../crds/examples');
const MONITORED = [
  '--set',
  'monitoring.enabled=true',
  '--api-versions',
  'monitoring.coreos.com/v1',
];
const RENDERINGS: readonly (readonly [string, readonly string[]])[] = [
  ['by default', []],
  [
    'with all it can make',
    [
      ...[...MONITORED, '--api-versions', 'monitoring.coreos.com/v1alpha1'],
      ...['--set', 'metrics.protected=true,dashboard.enabled=true'],
      ...['--set', 'evidence.persistence.enabled=true,imagePullSecrets[0].name=registry'],
    ],
  ],
  [
    'with evidence in a bucket',
    [
      ...['--set', 'evidence.storage.type=s3,evidence.storage.s3.bucket=desk'],
      ...['--set', 'evidence.storage.s3.credentialsSecret=keys'],
    ],
  ],
  ['with pictures in packs', ['--set', 'evidence.screenshots.enabled=true']],
  ['for two namespaces', ['--set', 'watchNamespaces={desk-a,desk-b}']],
];
/** kube-score's names of what the README says why not. */
const EXCEPTIONS = [
  /ImagePullPolicy is not set to Always/,
  /does not have a matching NetworkPolicy/,
  /evidence.*Deployment (update strategy|few replicas)/,
];

let installed: InstalledChart;
let folder: string;

beforeAll(async () => {
  await ensureBinaries(['kubeconform', 'kube-score'], () => undefined);
  installed = await installChart();
  folder = await mkdtemp(join(tmpdir(), 'trading-schemas-'));
  for (const [group, ...kinds] of GROUPS) await schemasOf(group, kinds);
}, 120_000);
afterAll(async () => {
  await installed?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A CRD's schema is published a moment after it is served, one kind after the other. */
async function schemasOf(group: string, kinds: readonly string[]): Promise<void> {
  const schemas = await vi.waitFor(async () => {
    const { status, body } = await installed.server.request('GET', `/openapi/v3/${group}`);
    expect(status).toBe(200);
    const found = jsonSchemas(body);
    const names = [...found.keys()].map((name) => name.split('-')[0]);
    expect(names).toEqual(expect.arrayContaining([...kinds]));
    return found;
  }, PATIENCE);
  for (const [name, schema] of schemas) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(schema));
  }
}

/** What is wrong with manifests; '' when nothing is. */
async function conform(input: string): Promise<string> {
  const location = `${folder}/{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json`;
  const argv = [binary('kubeconform'), '-strict', '-schema-location', location, '-'];
  const { code, stdout, stderr } = await attempt(argv, { input });
  return code === 0 ? '' : stdout + stderr || `kubeconform ended with ${code}`;
}

const template = (flags: readonly string[]) =>
  run([binary('helm'), 'template', 'desk', chart, '--namespace', 'trading', ...flags]);

async function score(input: string, ...flags: string[]): Promise<readonly string[]> {
  const kubernetes = versions.kubernetes.split('.').slice(0, 2).join('.');
  const argv = [binary('kube-score'), 'score', '--output-format', 'ci', ...flags];
  const { stdout } = await attempt([...argv, '--kubernetes-version', kubernetes, '-'], { input });
  const lines = stdout.trim().split('\n');
  expect(lines.some((line) => line.startsWith('[OK]'))).toBe(true);
  return lines.filter((line) => /^\[(CRITICAL|WARNING)\]/.test(line));
}

describe.each(RENDERINGS)('the chart rendered %s', (_, flags) => {
  it('has only objects and fields that the API server publishes', async () => {
    expect(await conform(await template([...flags, '--include-crds']))).toBe('');
  });

  it('is clean under kube-score', async () => {
    expect(await score(await template(flags))).toEqual([]);
  });

  it('hides nothing from kube-score but what the README explains', async () => {
    const bare = ['--disable-ignore-checks-annotations', '--ignore-container-cpu-limit'];
    const found = await score(await template(flags), ...bare);
    expect(found.filter((line) => !EXCEPTIONS.some((exception) => exception.test(line)))).toEqual(
      [],
    );
  });
});

describe('the schemas', () => {
  it('fit every example of ours', async () => {
    for (const name of await readdir(EXAMPLES)) {
      expect(await conform(await readFile(join(EXAMPLES, name), 'utf8')), name).toBe('');
    }
  });

  it.each([
    ['a field nobody knows', 'killSwitch: false', 'kilSwitch: false', /kilSwitch/],
    ['a value of another kind', 'killSwitch: false', 'killSwitch: maybe', /killSwitch/],
    ['an unknown kind', 'kind: TradingExecutor', 'kind: TradingExecuter', /could not find schema/],
  ])('refuse %s, so that it is known that they look', async (_, from, to, words) => {
    const example = await readFile(join(EXAMPLES, 'trickle.yaml'), 'utf8');
    expect(example).toContain(from);
    expect(await conform(example.replace(from, to))).toMatch(words);
  });

  it('refuse a misspelt field of the Deployment', async () => {
    const rendered = await template([]);
    expect(
      await conform(rendered.replace('revisionHistoryLimit', 'revisionHistoryLimits')),
    ).toMatch(/revisionHistoryLimits/);
  });
});
