import type { Cluster } from '../cluster/cluster.ts';
import { linkTool } from '../cluster/tools.ts';
import { startPostgres } from '../store/postgres-container.ts';
import { binary } from '../toolchain/binaries.ts';
import { ensureChromium } from '../toolchain/chromium.ts';
import { API_SERVER_BINARIES, binariesReady } from './platform.ts';
import { checkStages, vitest } from './stages.ts';
import { Steps } from './steps.ts';
import { systemReady } from './system.ts';
import { plainStage, type Stage, summary } from './tally.ts';

const STAGES = ['check', 'executor', 'rules', 'api-server', 'store', 'console', 'cluster'] as const;

/** `npm test [-- STAGE…]`: sets up what is missing, runs the stages, ends with the sum. */
export async function testVerb(args: readonly string[]): Promise<number> {
  const wanted = args.length === 0 ? STAGES : STAGES.filter((name) => args.includes(name));
  if (wanted.length === 0) {
    console.error(`Use: npm test [-- STAGE…], STAGE one of ${STAGES.join(', ')}`);
    return 2;
  }
  const startedAt = performance.now();
  const steps = new Steps();
  const stages: Stage[] = [];
  // check and api-server tests need these; the cluster's own come with the cluster
  await timed(stages, 'set up: programs', async () => {
    await binariesReady(steps, [
      'promtool',
      'prometheus',
      'helm',
      'kubectl',
      'kubeconform',
      'kube-score',
      ...API_SERVER_BINARIES,
    ]);
    linkTool('promtool', binary('promtool'));
  });
  if (wanted.includes('check')) stages.push(...(await checkStages()));
  if (wanted.includes('executor')) stages.push(await vitest('executor'));
  if (wanted.includes('rules')) stages.push(await vitest('rules'));
  if (wanted.includes('api-server')) stages.push(await vitest('api-server'));
  if (wanted.includes('store')) await storeStage(steps, stages);
  if (wanted.includes('console')) await consoleStage(steps, stages);
  if (wanted.includes('cluster')) {
    await timed(stages, 'set up: Chromium', () => steps.step('Chromium', ensureChromium));
    const cluster = await timed(stages, 'set up: cluster and system', () => systemReady(steps));
    if (cluster !== undefined) stages.push(await vitest('cluster', cluster as Cluster));
  }
  return report(stages, startedAt);
}

/** The journal on a real PostgreSQL, which lives as long as the stage; evidence in a real bucket. */
async function storeStage(steps: Steps, stages: Stage[]): Promise<void> {
  await timed(stages, 'set up: S3 server', () => binariesReady(steps, ['s3-server']));
  const postgres = await timed(stages, 'set up: PostgreSQL', () =>
    steps.step('PostgreSQL', startPostgres),
  );
  if (postgres === undefined) return;
  steps.say(postgres.reason);
  try {
    stages.push(await vitest('store', postgres));
  } finally {
    await postgres.stop();
  }
}

/** The console's page in a real browser. */
async function consoleStage(steps: Steps, stages: Stage[]): Promise<void> {
  const chromium = await timed(stages, 'set up: Chromium', () =>
    steps.step('Chromium', ensureChromium),
  );
  if (chromium !== undefined) stages.push(await vitest('console'));
}

/** `npm run check`: what needs no cluster, under a minute. */
export async function checkVerb(): Promise<number> {
  const startedAt = performance.now();
  return report(await checkStages(), startedAt);
}

function report(stages: readonly Stage[], startedAt: number): number {
  const all = { ...plainStage('all', performance.now() - startedAt, true), passed: 0 };
  console.log(`\n${summary([...stages])}`.replace(/\n\n/, `\n${line(all.ms)}\n\n`));
  return stages.some(({ failed }) => failed > 0) ? 1 : 0;
}

const line = (ms: number): string =>
  `${'all'.padEnd(28)} ${(ms / 60_000).toFixed(1).padStart(8)} min`;

/** A set-up that fails is a failure among the others, told in full. It passes uncounted. */
async function timed<T>(
  stages: Stage[],
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const startedAt = performance.now();
  try {
    const made = await work();
    stages.push({ ...plainStage(name, performance.now() - startedAt, true), passed: 0 });
    return made;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    stages.push(plainStage(name, performance.now() - startedAt, false));
    return undefined;
  }
}
