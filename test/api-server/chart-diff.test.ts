import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chart } from '../alerts/helm.ts';
import { attempt, type Finished } from '../setup/command.ts';
import { binary } from '../toolchain/binaries.ts';
import { EXECUTORS, type InstalledChart, installChart } from './installed-chart.ts';

const DESK = ['--namespace', 'desk'];
const EXAMPLES = join(import.meta.dirname, '../../crds/examples');

let installed: InstalledChart;
let folder: string;
beforeAll(async () => {
  installed = await installChart();
  folder = await mkdtemp(join(tmpdir(), 'trading-diff-'));
}, 120_000);
afterAll(async () => {
  await installed?.stop();
  await rm(folder, { recursive: true, force: true });
});

const kubectl = (words: readonly string[], input = ''): Promise<Finished> => {
  const where = ['--kubeconfig', installed.server.kubeconfigPath];
  return attempt([binary('kubectl'), ...words, ...where], { input });
};
const names = async (): Promise<readonly string[]> => {
  const { body } = await installed.server.request('GET', EXECUTORS);
  return body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
};

/** kubectl diff: 0 nothing would change, 1 something would, above it could not be told. */
describe.each([
  ['client-side', DESK],
  ['server-side', [...DESK, '--server-side']],
] as const)('our examples, %s', (_, flags) => {
  it('are judged by a server-side dry run, which makes nothing', async () => {
    const said = await kubectl(['apply', ...flags, '--dry-run=server', '-f', EXAMPLES]);
    expect(said, said.stderr).toMatchObject({ code: 0 });
    expect(said.stdout.trim().split('\n')).toHaveLength((await readdir(EXAMPLES)).length);
    expect(await names()).toEqual([]);
  });

  it('show in kubectl diff what would be made, then nothing, then the one change', async () => {
    const diff = ['diff', ...flags, '-f'];
    const unmade = await kubectl([...diff, EXAMPLES]);
    expect([unmade.code, unmade.stdout]).toEqual([1, expect.stringContaining('+kind: Trading')]);
    expect(await names()).toEqual([]);
    expect((await kubectl(['apply', ...flags, '-f', EXAMPLES])).code).toBe(0);
    expect(await kubectl([...diff, EXAMPLES])).toMatchObject({ code: 0, stdout: '' });
    const trickle = await readFile(join(EXAMPLES, 'trickle.yaml'), 'utf8');
    const changed = join(folder, 'trickle.yaml');
    await writeFile(changed, trickle.replace('maxConcurrency: 4', 'maxConcurrency: 2'));
    const { code, stdout } = await kubectl([...diff, changed]);
    const lines = stdout.split('\n').filter((line) => /^[-+] {2,}(?!generation)/.test(line));
    expect([code, lines.map((line) => line.replaceAll(/\s+/g, ' '))]).toEqual([
      1,
      ['- maxConcurrency: 4', '+ maxConcurrency: 2'],
    ]);
    expect((await kubectl(['delete', ...DESK, '-f', EXAMPLES])).code).toBe(0);
  });
});

describe('the chart', () => {
  it('shows no difference right after it was installed', async () => {
    const manifest = await installed.helm('get', 'manifest', 'desk');
    const words = ['diff', '--server-side', '--force-conflicts', '-f', '-'];
    const said = await kubectl(words, manifest);
    expect([said.code, said.stdout, said.stderr]).toEqual([0, '', '']);
  });

  it('is judged by a server-side dry run of Helm, which makes nothing', async () => {
    const flags = ['--dry-run=server', '--set', 'rbac.userRoles=false,monitoring.enabled=true'];
    const said = await installed.helm('install', 'second', chart, ...flags);
    expect(said).toContain('kind: Deployment');
    const path = '/apis/apps/v1/namespaces/trading/deployments';
    const made = (await installed.server.request('GET', path)).body.items;
    expect(made).toHaveLength(2); // operator and evidence server, not those of the dry run
  });
});
