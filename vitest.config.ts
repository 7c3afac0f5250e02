import { defineConfig } from 'vitest/config';

// Three projects, by what they need: nothing, API server binaries, a cluster.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{crds,executor,operator,alerts,evidence,venue,tidy,setup}/**/*.test.ts'],
          environment: 'node',
        },
      },
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
