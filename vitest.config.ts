import { defineConfig } from 'vitest/config';

/**
 * A test's cost is in its name: `*.unit.test.ts` is pure and quick, `*.int.test.ts` starts real servers, and
 * `*.e2e.test.ts` drives the whole stack. Servers share two cores, so the last two kinds run one file at a time.
 */
const shared = {
  pool: 'forks' as const,
  execArgv: ['--import', 'tsx'],
  exclude: ['node_modules/**', '.cache/**'],
};

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'unit', include: ['test/**/*.unit.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          ...shared,
          name: 'int',
          include: ['test/**/*.int.test.ts'],
          fileParallelism: false,
          // Real servers on a shared machine: one more try tells a slow moment from a defect, and the report shows it.
          retry: 1,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          fileParallelism: false,
          retry: 1,
          testTimeout: 1_200_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
