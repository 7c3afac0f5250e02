import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// By what they need: nothing, seconds of real time for a whole executor, Prometheus' and Helm's own tools, API server binaries, PostgreSQL or an S3 server, Chromium, a cluster.
const needTools = [
  ...['test/alerts/promtool.test.ts', 'test/alerts/chart.test.ts'],
  ...['rendered', 'rendered-evidence'].map((name) => `test/chart/${name}.test.ts`),
  ...['live', 'recorded'].map((name) => `test/operator/console/numbers/${name}.test.ts`),
];
const needExecutor = globSync('test/executor/**/*.test.ts', { cwd: import.meta.dirname }).filter(
  (path) => /from '.*\/(start-\w+|sender-desk|lease-world)\.ts'/.test(readFileSync(path, 'utf8')),
);

export default defineConfig({
  test: {
    maxWorkers: 3, // many tests wait for timers of a real program; the default is one less than the cores
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/{bench,crash,faults,crds,executor,operator,alerts,evidence,venue,tidy,setup,chart}/**/*.test.ts',
          ],
          exclude: [...needTools, ...needExecutor],
          environment: 'node',
          testTimeout: 20_000, // some start servers or write to disk: a machine that stalls is no wrong answer
        },
      },
      {
        test: {
          name: 'executor',
          include: needExecutor,
          environment: 'node',
          testTimeout: 20_000,
        },
      },
      { test: { name: 'rules', include: needTools, environment: 'node' } },
      {
        test: {
          name: 'api-server',
          include: ['test/api-server/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'store',
          include: ['test/store/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'console',
          include: ['test/console/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'test/console/set-up.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false, // one browser at a time: two on two cores are slower than one
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
