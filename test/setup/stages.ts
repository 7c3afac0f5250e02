import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../cluster/bundle.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { cached } from '../toolchain/cache.ts';
import { become } from './become.ts';
import { afterSecondRun, plainStage, type Stage, vitestStage } from './tally.ts';

const bin = (name: string): string => join(REPOSITORY, 'node_modules', '.bin', name);

/** Generators: each writes its files, and with `--check` only says whether they are fresh. */
export const GENERATORS: readonly string[] = [
  'crds/generate.ts',
  'alerts/generate.ts',
  'charts/generate.ts',
];

/** What `check` runs before the unit tests. */
export const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['types', [bin('tsc'), '-p', '.']],
  ['types of the page', [bin('tsc'), '-p', 'operator/console/page']],
  ['lint', [bin('biome'), 'check', '--error-on-warnings', '.']],
  ...GENERATORS.map((path) => [`fresh: ${path}`, [process.execPath, path, '--check']] as const),
];

/** Types, lint and freshness, one stage each; then the unit tests. */
export async function checkStages(): Promise<Stage[]> {
  const stages = [];
  for (const [name, argv] of CHECKS) stages.push(await plain(name, argv));
  stages.push(await vitest('unit'));
  return stages;
}

async function plain(name: string, argv: readonly string[]): Promise<Stage> {
  heading(name);
  const startedAt = performance.now();
  const code = await become(argv, { cwd: REPOSITORY });
  return plainStage(name, performance.now() - startedAt, code === 0);
}

/**
 * One vitest project as a stage; what it needs, a cluster say, is reached where `place` puts it.
 * Where real time is part of the test, what fails on a busy machine gets a second run, alone.
 */
export async function vitest(project: string, place?: Place): Promise<Stage> {
  heading(`${project} tests`);
  const stage = await ran(project, place);
  const files = [...new Set(stage.failures.map(({ file }) => file))];
  if (!REAL_TIME.includes(project) || files.length === 0 || files.length > SECOND_RUN_FILES_MAX) {
    return stage;
  }
  heading(`${project} tests that failed, once more and alone`);
  return afterSecondRun(stage, await ran(project, place, ['--no-file-parallelism', ...files]));
}

type Place = Pick<Cluster, 'command' | 'env'>;

const REAL_TIME: readonly string[] = ['executor', 'api-server', 'store', 'cluster'];
/** More than these are not bad luck. */
const SECOND_RUN_FILES_MAX = 3;

async function ran(project: string, place?: Place, more: readonly string[] = []): Promise<Stage> {
  const report = cached('reports', `${project}-${process.pid}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const argv = [bin('vitest'), 'run', '--project', project, ...reporters, ...more];
  const startedAt = performance.now();
  const code = await become(place?.command(argv) ?? argv, {
    cwd: REPOSITORY,
    ...(place === undefined ? {} : { env: place.env }),
  });
  const said = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(report, { force: true });
  return vitestStage(`${project} tests`, performance.now() - startedAt, code, said);
}

function heading(name: string): void {
  console.log(`\n== ${name}`);
}
